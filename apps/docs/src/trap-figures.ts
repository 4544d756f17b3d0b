// The traps of a family in numbers: what the mistake computes, beside what is right. Computed here, typed nowhere.
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

/** Markdown blocks, empty for a family without traps that have numbers. */
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
    `With ${heads} heads the naive formula gets ${wrong} of the ${heads} slopes wrong:`,
    table(['head', 'published', 'naive 2^(-8k/H)'], rows),
    `- A key 3 steps in the future gets ${short(alibi({ heads: 8 }).value(0, -3, 0))} in head 0 of 8, but the signed form gives +${short(signed)}.
- In bfloat16, keys ${first} and ${first + 1} are the same number: from there on slope * j cannot tell neighbours apart.
- A slope of 0.5 that is added before the scale acts as ${short(0.5 * biasFactor('before-scaling', 'after-scaling', 64))} with 64 channels a head.`,
  ];
}

function sandwichFigures(): string[] {
  const far = 60_000;
  const bias = sandwich({ heads: 8 });
  const { fround } = Math;
  let rounded = 0;
  for (let k = 0; k < 64; k++) rounded = fround(rounded + fround(Math.cos(fround(far * fround(10000 ** (-k / 64))))));
  return [
    `- Head 0 of 8 has ${short(bias.value(0, 0, 0))} at distance 0 and ${short(bias.value(0, 1000, 1000))} at distance 1000.
- At distance ${far} the sum is ${bias.value(0, far, far).toFixed(6)}, and summed in float32 ${rounded.toFixed(6)}.`,
  ];
}

function perOffsetFigures(): string[] {
  const maxDistance = 128;
  const count = 2 * maxDistance + 1;
  const bias = perOffset({ heads: 1, maxDistance, table: Float64Array.from({ length: count }, (_, at) => at) });
  return [
    `- maxDistance ${maxDistance} takes ${bias.parameters['table']?.data.length} values a head. The value of distance 1 is entry ${bias.value(0, 1, 1)}, that of distance -1 entry ${bias.value(0, -1, 0)}; everything from distance ${maxDistance} on reads entry ${bias.value(0, 9999, 9999)}.`,
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
    `- Distance 8 lies in bucket ${both(8)} and distance -8 in bucket ${both(-8)}: a flipped sign reads the one for the other.
- Causal, distance 8 lies in bucket ${past(8)} and every key in the future in bucket ${past(-8)}.
- A bias that is to act after a scale of 1/sqrt(64) as it did in T5 must be multiplied by ${short(biasFactor('unscaled', 'after-scaling', 64))}.
- n_b = 31 in the book is a table of ${bookBuckets({ nb: 31, distMax: 128 }).numBuckets} rows.
- Where float32 leaves the exact bucket, up to distance 4096 of the past:`,
    table(['numBuckets', 'maxDistance', 'distances'], missed),
  ];
}

function kerpleFigures(make: typeof kerpleLog): string[] {
  const at = (future: 'zero' | 'unsigned'): string => short(make({ heads: 1, r1: [1], r2: [0.5], future }).value(0, -4, 0));
  const clamped = make({ heads: 1, r1: [-1], r2: [0.5], clamp: true }).value(0, 4, 4);
  return [
    `- With r1 = 1 and r2 = 0.5 a key 4 steps in the future gets ${at('unsigned')} from the symmetric kernel and ${at('zero')} upstream.
- A stored r1 of -1 is clamped: at distance 4 the bias is ${short(clamped)}.`,
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
    'One network of two units, distance 100, the query at different positions:',
    table(['position of the query', 'bias'], rows),
    'The same network for a key 8 steps in the future:',
    table(['form', 'bias'], forms),
    `At distance 0 it gives ${short(bias.value(0, 0, 0))}, not 0.`,
  ];
}

function swinFigures(): string[] {
  const [height, width] = [2, 3];
  const at = (factor: number): number => (1 + height - 1) * factor + width - 1;
  return [
    `- In a window of ${height} rows and ${width} columns, one row down is index ${at(2 * width - 1)} of the table; with the factor 2 * height - 1 it would be ${at(2 * height - 1)}.
- The positions of its tokens are ${swinPositions(height, width).join(', ')}.`,
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
    table(['distance', 'reads the distance', 'reads its logarithm'], rows),
  ];
}
