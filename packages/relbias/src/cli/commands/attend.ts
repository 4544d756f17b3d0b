// relbias attend: attention over tensors from files.
import type { AttentionProblem, AttentionResult, Backend } from '@relbias/bias-spec';
import { CONVENTIONS } from '@relbias/bias-spec';
import { shapes } from '../../attention.ts';
import type { BackendName } from '../../backends.ts';
import { BACKEND_NAMES } from '../../backends.ts';
import { filesOf, formatOf, parseReference } from '../../files/read.ts';
import { toStored } from '../../files/element-types.ts';
import { writeTensors } from '../../files/write.ts';
import type { Values } from '../arguments.ts';
import { choice, describeOptions, number, parseArguments, required, text } from '../arguments.ts';
import { openBackend } from '../backend-option.ts';
import { BIAS_OPTIONS, biasFrom } from '../bias-options.ts';
import type { Command, Context } from '../command.ts';
import { listedOptions, withFamily } from '../family-choice.ts';
import { countHidden } from '../padding-mask.ts';
import { PLACEMENT_OPTIONS, placementFrom } from '../placement-options.ts';
import { withProgress } from '../progress.ts';
import { inputFiles, requireTarget, sameFile } from '../target.ts';
import type { InputTensors } from '../../files/attention-inputs.ts';
import { LIMIT_OPTIONS, TENSOR_OPTIONS, demote, limitsFrom, readInputTensors } from '../tensors.ts';
import { UsageError } from '../usage-error.ts';

const OPTIONS = {
  ...TENSOR_OPTIONS,
  out: text('FILE', 'file for the output: .npy, .npz or .safetensors, with as many axes as the query'),
  lse: text('FILE', 'file for the log-sum-exp; may be the .npz or .safetensors file of --out'),
  backend: choice(BACKEND_NAMES, `${BACKEND_NAMES.join(', ')} (cpu)`),
  convention: choice(CONVENTIONS, `${CONVENTIONS.join(', ')} (the family's own)`),
  scale: number("factor of q.k, in place of the convention's"),
  'bias-scale': number("factor of the bias, in place of the convention's"),
  numerics: choice(['fast', 'reproducible'], 'fast or reproducible, which has the same bits on every backend (fast)'),
  softcap: number('c: scores become c * tanh(scale * q.k / c) before the bias is added'),
  ...PLACEMENT_OPTIONS,
  ...BIAS_OPTIONS,
  ...LIMIT_OPTIONS,
} as const;

type AttendValues = Values<typeof OPTIONS>;

const USAGE = `relbias attend FILE --out FILE [options]
relbias attend --query FILE --key FILE --value FILE --out FILE [options]

Attention with relative position bias over tensors from .npy, .npz and .safetensors files (float32, float16, bfloat16).
FILE holds query, key and value (or q, k and v); FILE:NAME is one array of a file.
Tensors of 2 or 3 axes get batch and heads of 1 in front; the output has as many axes as the query.
With --bias FAMILY, --help lists the options of that family alone.

`;

export const attend: Command = {
  summary: 'attention over tensors from files',
  help: async (args) => USAGE + describeOptions(await listedOptions(OPTIONS, args)),
  async run(args, context) {
    const { values, positionals } = parseArguments(args, await withFamily(OPTIONS, args), { positionals: ['FILE'], hintFor });
    const [file] = positionals;
    const out = required(values.out, '--out FILE');
    await requireTargets(values, out, file);
    const inputs = await readInputTensors(values, file, limitsFrom(values));
    const problem = await problemFrom(values, inputs);
    const result = await compute(
      await openBackend(values.backend ?? ('cpu' satisfies BackendName)),
      problem,
      inputs,
      values.lse !== undefined,
      context,
    );
    const addedAxes = 4 - inputs.rank;
    await write(result, values, out, addedAxes);
    for (const { message } of problem.bias?.diagnostics ?? []) context.stderr.write(`note: ${message}\n`);
    context.stdout.write(`${summarise(result, problem, values, out, addedAxes)}\n`);
    return 0;
  },
};

/** Common mistakes: three files as arguments, and options for sizes that are read from the shapes of the tensors. */
function hintFor(argument: string): string | undefined {
  if (/^--(?:batch|heads|queries|keys|head-?dim|dim)$/.test(argument)) return 'It is read from the shapes of the tensors.';
  if (argument.startsWith('-')) return undefined;
  return 'Tensors in a file each: --query FILE --key FILE --value FILE.';
}

async function problemFrom(values: AttendValues, { query, key, value }: InputTensors): Promise<AttentionProblem> {
  const limits = limitsFrom(values);
  const [batch, heads, queries] = query.shape;
  return {
    ...shapes(query, key, value),
    bias: await biasFrom(values, heads, limits),
    ...(await placementFrom(values, { batch, queries, keys: key.shape[2] }, limits)),
    convention: values.convention,
    scale: values.scale,
    biasScale: values['bias-scale'],
    softcap: values.softcap,
    numerics: values.numerics,
  };
}

/** Runs the problem under a progress bar, and disposes the backend in any case. */
async function compute(
  backend: Backend,
  problem: AttentionProblem,
  { query, key, value }: InputTensors,
  logSumExp: boolean,
  { stderr, signal }: Context,
): Promise<AttentionResult & { readonly milliseconds: number }> {
  try {
    const prepared = await backend.prepare(problem);
    const started = performance.now();
    const result = await withProgress(stderr, 'attend', (progress) =>
      prepared.run(query, key, value, { logSumExp, signal, progress: progress.report }),
    );
    return { ...result, milliseconds: performance.now() - started };
  } finally {
    await backend.dispose();
  }
}

/** Refuses targets that could not be written after the work, or that would overwrite an input. */
async function requireTargets(values: AttendValues, out: string, file: string | undefined): Promise<void> {
  const inputs = await inputFiles(values, ['out', 'lse']);
  if (file !== undefined) inputs.push(...(await filesOf(parseReference('arguments', file))));
  for (const [name, target] of [['--out', out] as const, ['--lse', values.lse] as const]) {
    if (target === undefined) continue;
    formatOf(name, target);
    await requireTarget(name, target, inputs);
  }
  if (values.lse !== undefined && (await sameFile(out, values.lse)) && formatOf('--out', out) === '.npy') {
    throw new UsageError('--lse', `${values.lse}, the file of --out`, 'another file, or a .npz or .safetensors file for both');
  }
}

async function write(
  { output, logSumExp }: AttentionResult,
  { lse }: AttendValues,
  out: string,
  addedAxes: number,
): Promise<void> {
  const stored = { output: toStored(demote(output, addedAxes)) };
  if (lse === undefined || logSumExp === undefined) return writeTensors('--out', out, stored);
  const alone = { logSumExp: toStored(demote(logSumExp, addedAxes)) };
  if (await sameFile(out, lse)) return writeTensors('--out', out, { ...stored, ...alone });
  await writeTensors('--out', out, stored);
  await writeTensors('--lse', lse, alone);
}

function summarise(
  { output, ranOn, milliseconds }: AttentionResult & { readonly milliseconds: number },
  problem: AttentionProblem,
  values: AttendValues,
  out: string,
  addedAxes: number,
): string {
  const { bias, batch, heads, keyValueHeads, queries, keys, headDim, mask } = problem;
  const { lse } = values;
  const padding = (['attention-mask', 'key-padding-mask'] as const).filter((name) => values[name] !== undefined);
  const grouped = keyValueHeads === heads ? '' : ` over ${keyValueHeads} key/value heads`;
  return [
    `bias      ${bias?.family ?? 'none'}`,
    `problem   batch ${batch}, heads ${heads}${grouped}, queries ${queries}, keys ${keys}, dim ${headDim}`,
    `ran on    ${ranOn.backend} ${ranOn.kernel} (${ranOn.device}), ${milliseconds.toFixed(1)} ms`,
    `output    ${demote(output, addedAxes).shape.join(' x ')} float32 in ${out}`,
    ...padding.map((name) => `padding   ${countHidden(mask?.segments)} keys hidden by --${name}`),
    ...(lse === undefined ? [] : [`lse       in ${lse}`]),
  ].join('\n');
}
