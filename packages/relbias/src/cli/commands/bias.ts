// relbias bias: the numbers that a bias adds to the logits, as a heat map, a table, JSON, CSV or a tensor file.
import type { AttentionPlan } from '@relbias/bias-spec';
import { planAttention, readValue } from '@relbias/bias-spec';
import { isVisible } from '@relbias/bias-spec/backend';
import { formatOf } from '../../files/read.ts';
import { toStored } from '../../files/element-types.ts';
import { writeTensors } from '../../files/write.ts';
import type { Values } from '../arguments.ts';
import { describeOptions, flag, integer, parseArguments, text } from '../arguments.ts';
import { BIAS_OPTIONS, biasFrom } from '../bias-options.ts';
import type { Command } from '../command.ts';
import { listedOptions, withFamily } from '../family-choice.ts';
import { heatMap } from '../heat-map.ts';
import { OUTPUT_OPTIONS, render, requireOneForm } from '../output-options.ts';
import { PLACEMENT_OPTIONS, placementFrom } from '../placement-options.ts';
import { inputFiles, requireTarget } from '../target.ts';
import { LIMIT_OPTIONS, limitsFrom } from '../tensors.ts';
import { colourBits, widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const OPTIONS = {
  ...BIAS_OPTIONS,
  heads: integer('number of heads (8)', 1),
  head: integer('the head to show (0)'),
  queries: integer('number of queries (32; for a bias over a window, its tokens)', 1),
  keys: integer('number of keys (queries)', 1),
  ...PLACEMENT_OPTIONS,
  numbers: flag('print an aligned table in place of the heat map'),
  ...OUTPUT_OPTIONS,
  out: text('FILE', 'write all heads, [heads, queries, keys] float32, to a .npy, .npz or .safetensors file'),
  ...LIMIT_OPTIONS,
} as const;

type BiasCommandValues = Values<typeof OPTIONS>;

const USAGE = `relbias bias --bias FAMILY [options]

The bias of one head between every query and key, before any scale, for batch row 0. Hidden pairs are blank in the heat map and
-Infinity elsewhere. With --bias FAMILY, --help lists the options of that family alone.

`;

/** The most numbers in a file, over all heads. */
const MAX_NUMBERS = 2 ** 26;

/** The most numbers in print: as text each takes ten times its bytes. */
const MAX_PRINTED = 2 ** 20;

export const bias: Command = {
  summary: 'the numbers that a bias adds, as a heat map, table or file',
  help: async (args) => USAGE + describeOptions(await listedOptions(OPTIONS, args)),
  async run(args, { stdout, stderr }) {
    const { values } = parseArguments(args, await withFamily(OPTIONS, args), {
      hintFor: (argument) => (argument.startsWith('-') ? undefined : `A family is named by --bias: --bias ${argument}.`),
    });
    requireOneForm(values);
    const { heads = 8, head = 0 } = values;
    if (head >= heads) throw new UsageError('--head', String(head), `a head from 0 to ${heads - 1}`);
    if (values.out !== undefined) {
      formatOf('--out', values.out);
      await requireTarget('--out', values.out, await inputFiles(values, ['out']));
    }
    const plan = await planFrom(values, heads);
    const shown = values.json || values.csv || values.numbers ? numbers(plan, head, values) : picture(plan, head, stdout);
    stdout.write(`${shown}\n`);
    for (const { message } of plan.bias.diagnostics) stderr.write(`note: ${message}\n`);
    if (values.out !== undefined) await writeTensors('--out', values.out, { bias: toStored(allHeads(plan)) });
    return 0;
  },
};

/** The plan of an attention problem with this bias. It checks the sizes, and decides positions and masks. */
async function planFrom(values: BiasCommandValues, heads: number): Promise<AttentionPlan> {
  const limits = limitsFrom(values);
  const made = await biasFrom(values, heads, limits);
  const queries = values.queries ?? made.tokens ?? 32;
  const keys = values.keys ?? queries;
  if (heads * queries * keys > MAX_NUMBERS) {
    throw new UsageError('sizes', `${heads} heads x ${queries} queries x ${keys} keys`, `at most ${MAX_NUMBERS} numbers`);
  }
  return planAttention({
    heads,
    queries,
    keys,
    headDim: 1,
    bias: made,
    ...(await placementFrom(values, { batch: 1, queries, keys }, limits)),
  });
}

/** The bias of a pair of batch row 0; -Infinity where the mask or the bias hides it. */
function pairBias({ bias: made, mask, positions, queries, keys }: AttentionPlan, head: number, i: number, j: number): number {
  const position = positions.query[i];
  const distance = position - positions.key[j];
  if (!isVisible(mask, 0, i, j, distance, queries, keys)) return -Infinity;
  return readValue(made, head, distance, position);
}

function numbers(plan: AttentionPlan, head: number, values: BiasCommandValues): string {
  const { queries, keys } = plan;
  if (queries * keys > MAX_PRINTED) {
    const wanted = `at most ${MAX_PRINTED} pairs to print; --out writes more to a file`;
    throw new UsageError('sizes', `${queries} queries x ${keys} keys`, wanted);
  }
  const matrix = Array.from({ length: queries }, (_, i) => Array.from({ length: keys }, (__, j) => pairBias(plan, head, i, j)));
  if (values.numbers && !values.json && !values.csv) {
    const rows = matrix.map((row, i) => [i, ...row.map((one) => (one === -Infinity ? '' : Number(one.toPrecision(4))))]);
    return render(values, { json: null, header: ['query', ...Array.from({ length: keys }, (_, j) => `key ${j}`)], rows });
  }
  return render(values, {
    json: { family: plan.bias.family, heads: plan.heads, head, bias: matrix },
    header: ['query', 'key', 'bias'],
    rows: values.csv ? matrix.flatMap((row, i) => row.map((one, j) => [i, j, one])) : [],
  });
}

function picture(plan: AttentionPlan, head: number, stdout: NodeJS.WriteStream): string {
  const { queries, keys, heads } = plan;
  const bits = colourBits(stdout);
  const map = heatMap(queries, keys, (i, j) => pairBias(plan, head, i, j), { colourBits: bits, width: widthOf(stdout) });
  const every = map.step === 1 ? '' : `, one of ${map.step} rows and columns shown`;
  const [least, most] = bits === 1 ? ['.', '@'] : ['dark', 'bright'];
  const range =
    map.max === -Infinity
      ? 'every pair is hidden'
      : `${map.min.toPrecision(4)} (${least}) to ${map.max.toPrecision(4)} (${most})`;
  return [
    `${plan.bias.family}, head ${head} of ${heads}: ${queries} queries down, ${keys} keys across${every}; ${range}`,
    ...map.lines,
  ].join('\n');
}

function allHeads(plan: AttentionPlan): { data: Float32Array; shape: number[]; dtype: 'float32' } {
  const { heads, queries, keys } = plan;
  const data = new Float32Array(heads * queries * keys);
  for (let head = 0, at = 0; head < heads; head++) {
    for (let i = 0; i < queries; i++) {
      for (let j = 0; j < keys; j++) data[at++] = pairBias(plan, head, i, j);
    }
  }
  return { data, shape: [heads, queries, keys], dtype: 'float32' };
}
