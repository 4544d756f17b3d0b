// The traps of a family in numbers: what a mistake computes, and the correct value. Computed when the site is built.
import type { Bias } from '@relbias/bias-spec';
import {
  alibi,
  alibiSlopes,
  bfloat16ToNumber,
  biasFactor,
  bookBuckets,
  builtinFamilies,
  dynamicPosition,
  fire,
  kerpleLog,
  kerplePower,
  numberToBfloat16,
  perOffset,
  sandwich,
  swinPositions,
  t5Bucket,
} from '@relbias/bias-spec';
import { table } from './markdown.ts';

const FIGURES: Readonly<Record<string, () => string[]>> = {
  alibi: alibiFigures,
  sandwich: sandwichFigures,
  'per-offset': perOffsetFigures,
  t5: t5Figures,
  'kerple-log': () => kerpleFigures(kerpleLog),
  'kerple-power': () => kerpleFigures(kerplePower),
  fire: fireFigures,
  swin: swinFigures,
  'dynamic-position': dynamicFigures,
};

const unknown = Object.keys(FIGURES).filter((name) => builtinFamilies.every((family) => family.name !== name));
if (unknown.length > 0) throw new Error(`trap-figures.ts: no family is called ${unknown.join(' or ')}`);

/** Markdown blocks; empty for a family whose traps have no numbers. */
export function trapFigures(family: string): string {
  return (FIGURES[family]?.() ?? []).join('\n\n');
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

function alibiFigures(): string[] {
  const heads = 12;
  const right = alibiSlopes(heads);
  const rows = Array.from(right, (slope, head) => [String(head), short(slope), short(2 ** ((-8 * (head + 1)) / heads))]);
  const wrong = rows.filter(([, published, naive]) => published !== naive).length;
  let first = 1;
  while (bfloat16ToNumber(numberToBfloat16(first)) !== bfloat16ToNumber(numberToBfloat16(first + 1))) first++;
  const signed = alibi({ heads: 8, future: 'signed' }).value(0, -3, 0);
  return [
    `With ${heads} heads the naive formula gives ${wrong} of ${heads} slopes wrong:`,
    table(['head', 'published', 'naive 2^(-8k/H)'], rows),
    `- A key 3 steps in the future has the bias ${short(alibi({ heads: 8 }).value(0, -3, 0))} in head 0 of 8; the signed form gives +${short(signed)}.
- In bfloat16, positions ${first} and ${first + 1} are the same number: from there on slope * j is equal for neighbouring keys.
- A slope of 0.5 added before the scale has the effect of ${short(0.5 * biasFactor('before-scaling', 'after-scaling', 64))} at head dimension 64.`,
  ];
}

function sandwichFigures(): string[] {
  const far = 60_000;
  const bias = sandwich({ heads: 8 });
  const { fround } = Math;
  let rounded = 0;
  for (let k = 0; k < 64; k++) rounded = fround(rounded + fround(Math.cos(fround(far * fround(10000 ** (-k / 64))))));
  return [
    `- The bias of head 0 of 8 is ${short(bias.value(0, 0, 0))} at distance 0 and ${short(bias.value(0, 1000, 1000))} at distance 1000.
- At distance ${far} the sum is ${bias.value(0, far, far).toFixed(6)}; in float32 it comes to ${rounded.toFixed(6)}.`,
  ];
}

function perOffsetFigures(): string[] {
  const maxDistance = 128;
  const count = 2 * maxDistance + 1;
  const bias = perOffset({ heads: 1, maxDistance, table: Float64Array.from({ length: count }, (_, at) => at) });
  return [
    `- maxDistance ${maxDistance} takes ${bias.parameters['table']?.data.length} values per head. The value of distance 1 is entry ${bias.value(0, 1, 1)}, that of distance -1 entry ${bias.value(0, -1, 0)}; every distance from ${maxDistance} on reads entry ${bias.value(0, 9999, 9999)}.`,
  ];
}

function t5Figures(): string[] {
  const both = t5Bucket();
  const past = t5Bucket({ bidirectional: false });
  const missed = [
    { numBuckets: 38, maxDistance: 25 },
    { numBuckets: 32, maxDistance: 128 },
  ].map((options) => {
    const [exact, float32] = (['exact', 'float32'] as const).map((rounding) => t5Bucket({ ...options, rounding }));
    const distances = Array.from({ length: 4097 }, (_, n) => n).filter((n) => exact(n) !== float32(n));
    return [String(options.numBuckets), String(options.maxDistance), distances.join(', ') || 'none'];
  });
  return [
    `- Distance 8 is in bucket ${both(8)}, distance -8 in bucket ${both(-8)}: a flipped sign swaps them.
- With bidirectional false, distance 8 is in bucket ${past(8)}, and every future key is in bucket ${past(-8)}.
- T5 does not scale its scores. After a scale of 1/sqrt(64) its table must be multiplied by ${short(biasFactor('unscaled', 'after-scaling', 64))} to keep its proportion to the scores.
- n_b = 31 in the book means a table of ${bookBuckets({ nb: 31, distMax: 128 }).numBuckets} rows.
- Distances up to 4096 that float32 puts into another bucket than exact arithmetic:`,
    table(['numBuckets', 'maxDistance', 'distances'], missed),
  ];
}

function kerpleFigures(make: typeof kerpleLog): string[] {
  const at = (future: 'zero' | 'unsigned'): string => short(make({ heads: 1, r1: [1], r2: [0.5], future }).value(0, -4, 0));
  const clamped = make({ heads: 1, r1: [-1], r2: [0.5], clamp: true }).value(0, 4, 4);
  return [
    `- With r1 = 1 and r2 = 0.5, a key 4 steps in the future has the bias ${at('unsigned')} in the symmetric kernel and ${at('zero')} in the published code.
- A stored r1 of -1 is clamped: the bias at distance 4 is ${short(clamped)}.`,
  ];
}

function fireFigures(): string[] {
  const weights = { heads: 1, w1: [1, -1], b1: [0, 0.5], w2: [-2, 1], b2: [0.25] };
  const bias = fire(weights);
  const rows = [100, 512, 4096, 65536].map((position) => [String(position), short(bias.value(0, 100, position))]);
  const forms = (['signed', 'unsigned', 'zero'] as const).map((future) => {
    const form: Bias = fire({ ...weights, future });
    return [future, short(form.value(0, -8, 100))];
  });
  return [
    'A network of two units at distance 100, with the query at different positions:',
    table(['query position', 'bias'], rows),
    'The same network for a key 8 steps in the future:',
    table(['form', 'bias'], forms),
    `The bias at distance 0 is ${short(bias.value(0, 0, 0))}, not 0.`,
  ];
}

function swinFigures(): string[] {
  const [height, width] = [2, 3];
  const at = (factor: number): number => (1 + height - 1) * factor + width - 1;
  return [
    `- In a window of ${height} rows and ${width} columns, an offset of one row is index ${at(2 * width - 1)} of the table; the factor 2 * height - 1 would give ${at(2 * height - 1)}.
- Its tokens have the positions ${swinPositions(height, width).join(', ')}.`,
  ];
}

function dynamicFigures(): string[] {
  const layers = [
    { weight: [1, -0.5], bias: [0, 0.1] },
    { weight: [-1, 0.5], bias: [0] },
  ];
  const plain = dynamicPosition({ heads: 1, layers });
  const log = dynamicPosition({ heads: 1, layers, logDistance: true });
  const rows = [-16, 16, 1024, 65536].map((n) => [String(n), short(plain.value(0, n, n)), short(log.value(0, n, n))]);
  return [
    'A network of two units, with and without the logarithm:',
    table(['distance', 'input: distance', 'input: its logarithm'], rows),
  ];
}
