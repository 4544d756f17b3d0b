// relbias tour, which `npm start` runs: reference cases on every backend of this machine, one long attention, and what to try next.
import type { Backend } from '@relbias/bias-spec';
import { formatMatrix, mergeReports, runConformance, vectorCases } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { parseArguments } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { formatSpecVerdict, judgeSpec } from '../conformance/judge-spec.ts';
import { withProgress } from '../progress.ts';
import type { Cell } from '../table.ts';
import { alignedTable } from '../table.ts';
import { SAMPLED_ROWS, largestErrors, longAttentions, runLong, sampleOracle } from '../tour/long-attention.ts';
import type { Machine } from '../tour/machine.ts';
import { openMachine } from '../tour/machine.ts';

const TOKENS = 2048;

const HELP = `relbias tour

Runs the published reference cases on every backend of this machine, then one long attention on each CPU kernel.
Exit status: 0 when everything passed, 1 otherwise.`;

const NEXT = `What to try next
  relbias conform                                     the whole suite on every CPU kernel
  relbias slopes --heads 12                           ALiBi slopes for 12 heads, not a power of two
  relbias buckets --buckets 32 --max-distance 128     which distances share a T5 bucket
  relbias bias --bias t5 --initialise 1 --queries 64  a bias as a heat map
  relbias attend --help                               attention over your own .npy, .npz or .safetensors files
(in a checkout: npm run relbias -- conform, and so on)`;

export const tour: Command = {
  summary: 'reference cases on every backend here, one long attention, what to try next',
  help: async () => HELP,
  async run(args, context) {
    parseArguments(args, {});
    const machine = await openMachine();
    try {
      const passed = await showReferences(machine, context);
      await showLongAttention(machine, context);
      context.stdout.write(`${NEXT}\n`);
      return passed ? 0 : 1;
    } finally {
      for (const { backend } of machine.running) await backend.dispose();
    }
  },
};

/** Judges the spec and every backend by golden vectors. Returns whether all passed. */
async function showReferences({ running, absent }: Machine, { stdout, stderr, signal }: Context): Promise<boolean> {
  const files = await readVectors();
  stdout.write('The spec against numbers from published implementations (T5, BLOOM, MPT, KERPLE, FIRE, Swin, ...)\n\n');
  const spec = await withProgress(stderr, 'vectors', (progress) => judgeSpec(files, signal, progress.report));
  stdout.write(`${formatSpecVerdict(spec)}\n\n`);

  stdout.write('Every backend of this machine on the attention cases among them\n\n');
  const cases = vectorCases(files);
  const reports = [];
  for (const { name, backend } of running) {
    const judge = withProgress(stderr, name, (progress) =>
      runConformance(backend, {
        cases,
        signal,
        command: `relbias conform --backend ${name}`,
        onProgress: (_, done, total) => progress.report(done / total),
      }),
    );
    reports.push(await judge);
  }
  const matrix = mergeReports(reports);
  stdout.write(`${formatMatrix(matrix, 'text')}\n\n`);
  for (const { name, reason } of absent) stdout.write(`${name} did not run. ${reason}\n`);
  if (absent.length > 0) stdout.write('\n');
  return matrix.ok && spec.every(({ status }) => status !== 'fail');
}

async function showLongAttention({ running }: Machine, { stdout, stderr, signal }: Context): Promise<void> {
  const kernels = running.filter(({ name }) => name.startsWith('cpu:'));
  for (const { backend } of kernels) await warmUp(backend);
  for (const attention of longAttentions(TOKENS)) {
    const { heads, queries, headDim } = attention.problem;
    stdout.write(`${attention.title}: ${queries} tokens, ${heads} heads of ${headDim}\n\n`);
    const sample = sampleOracle(attention);
    const rows: Cell[][] = [];
    for (const { name, backend } of kernels) {
      const result = await withProgress(stderr, name, (progress) => runLong(backend, attention, { progress, signal }));
      const errors = largestErrors(result, sample);
      rows.push([
        name,
        Number(result.milliseconds.toFixed(0)),
        Number((result.bytes / 1e6).toFixed(1)),
        errors.output.toExponential(1),
        errors.logSumExp.toExponential(1),
      ]);
    }
    stdout.write(`${alignedTable(['kernel', 'ms', 'MB', 'error of output', 'error of log-sum-exp'], rows)}\n\n`);
  }
  const matrixBytes = (8 * TOKENS * TOKENS * 4) / 1e6;
  stdout.write(
    `One call each, with prepare. MB: peak size of the buffers besides the inputs, with the output (a stored N x N bias alone: ${matrixBytes.toFixed(0)} MB).\n` +
      `Errors: the largest difference to the float64 oracle, on ${SAMPLED_ROWS} of the ${TOKENS} rows of every head.\n\n`,
  );
}

/** A small first call: no kernel is timed while the engine still compiles it. */
async function warmUp(backend: Backend): Promise<void> {
  const size = 128;
  const problem = { heads: 1, queries: size, keys: size, headDim: 64 };
  const data = new Float32Array(size * 64).fill(0.1);
  const prepared = await backend.prepare(problem);
  await prepared.run(data, data, data);
  prepared.dispose();
}
