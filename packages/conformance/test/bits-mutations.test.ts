// Every rule of the reproducible profile, broken in a small way: each mutation must be caught by the case it names. A rule that could be
// broken unnoticed would be untested.
import { isPerDistance, pairReader, rawInputs } from '@relbias/bias-spec/backend';
import {
  ROW_MAX_FLOOR,
  canonicalInputs,
  prepareBias,
  reciprocal,
  scoreSlices,
  valueSlices,
  weight,
  power,
  mantissaTable,
  fixedLogit,
  logitScale,
  outputNumber,
  slicesOf,
  finishLogSumExp,
} from '@relbias/bias-spec/reproducible';
import type { PartialRows } from '@relbias/bias-spec/reproducible';
import type { BitsSteps } from '@relbias/conformance';
import { bitsBackend, findCase, runCase } from '@relbias/conformance';
import { expect, test } from 'vitest';
import { rowScaledBy, scaledBefore } from './row-scaled-rule.ts';

/** A fold whose details are options; with none it is the fold of rule 9. */
function foldWith({ cutoff = 48, least = 2 ** -100, flushUnscaled = false }): BitsSteps['fold'] {
  return (into: PartialRows, tile: PartialRows) => {
    const most = Math.max(into.rowMax[0], tile.rowMax[0]);
    const rescaled = (number: number, distance: number): number => {
      if (distance === 0 && !flushUnscaled) return number;
      const shrunk = distance > cutoff ? 0 : number * 2 ** -distance;
      return Math.abs(shrunk) < least ? 0 : shrunk;
    };
    const [before, after] = [most - into.rowMax[0], most - tile.rowMax[0]];
    into.rowMax[0] = most;
    into.rowSum[0] = rescaled(into.rowSum[0], before) + rescaled(tile.rowSum[0], after);
    for (let c = 0; c < into.sums.length; c++) into.sums[c] = rescaled(into.sums[c], before) + rescaled(tile.sums[c], after);
  };
}

const cutAt =
  (cutoff: number): BitsSteps['weight'] =>
  (logit, rowMax, table) =>
    logit < (rowMax - cutoff) << 16 ? 0 : table[logit & 0xffff] * 2 ** ((logit >> 16) - rowMax);

/** Canonical inputs changed number by number. */
const canonical =
  (change: (number: number) => number): BitsSteps['canonical'] =>
  (plan, ...tensors) => {
    const { query, key, value, dtypes } = canonicalInputs(plan, rawInputs(plan, ...tensors));
    return { query: query.map(change), key: key.map(change), value: value.map(change), dtypes };
  };

/** b' of visible pairs from the lowered bias by another formula. */
const biasBy =
  (formula: (bias: number, scales: { scale: number; biasScale: number }) => number): BitsSteps['bias'] =>
  (plan) => {
    const { at, ...rest } = prepareBias(plan);
    const { lowered, positions, queries, keys } = plan;
    const read = pairReader(plan);
    return {
      ...rest,
      at(b, h, i, j) {
        const prepared = at(b, h, i, j);
        if (lowered.length === 0 || !isPerDistance(lowered) || Math.abs(prepared) > 2 ** 90) return prepared;
        const row = b * queries + i;
        return formula(read(h, row, positions.query[row] - positions.key[b * keys + j]), plan);
      },
    };
  };

const neighbour = (piece: number, last: number): number => (piece < last ? piece + 1 : Math.max(0, piece - 1));

const ONE_OFF = mantissaTable(16).map((one, fraction) => (fraction === 51234 ? one + 2 ** -12 : one));

const EXACT = 'bits/none:queries=5;keys=257;dtype=bfloat16';
const SPLIT = 'bits/none:queries=5;keys=257';
const FIRE = 'bits/fire.past-threshold:queries=3;keys=65';
const LADDER = 'bits/proof/jump-ladder';
const DRAWN = Array.from({ length: 60 }, (_, seed) => `bits/fuzz/${seed}`);

/** [rule, what is broken, how, the cases, at least one of which must notice] */
const MUTATIONS: readonly (readonly [number, string, Partial<BitsSteps>, readonly string[]])[] = [
  [1, 'small numbers are kept', { canonical: keepSmall() }, DRAWN],
  [
    1,
    'large numbers stop one power of two earlier',
    { canonical: canonical((x) => Math.max(-(2 ** 39), Math.min(x, 2 ** 39))) },
    DRAWN,
  ],
  [2, 'the scale is not rounded to float32', { logitScale: (scale) => scale * Math.LOG2E * 65536 }, [EXACT]],
  [2, 'log2(e) is off in the sixth digit', { logitScale: (scale) => Math.fround(scale * (Math.LOG2E + 5e-6) * 65536) }, DRAWN],
  [
    3,
    'small biases are kept',
    { bias: biasBy((bias, { scale, biasScale }) => Math.fround(bias * Math.fround(biasScale / scale))) },
    ['bits/fuzz/700'],
  ],
  [
    3,
    'the bias is rounded once instead of twice',
    { bias: biasBy((bias, { scale, biasScale }) => Math.fround((bias * biasScale) / scale)) },
    ['bits/kerple-log:queries=65;keys=257'],
  ],
  [3, 'biasScale before the bias is in units of scores', { bias: scaledBefore }, ['bits/alibi:scale=0.3;biasScale=-7.3']],
  [
    3,
    'biasScale before, of rows with scales of their own',
    { bias: scaledBefore },
    ['bits/fire.past-threshold:scale=0.3;biasScale=-7.3'],
  ],
  [3, 'x is not rounded', { bias: rowScaledBy({ x: (feature, scale) => feature * scale }) }, ['bits/rows/pieces']],
  [
    3,
    'slope * x is not rounded before the intercept is added, or fused with it',
    { bias: rowScaledBy({ bias: (slope, x, intercept) => Math.fround(slope * x + intercept) }) },
    ['bits/rows/batch-rows'],
  ],
  [
    3,
    'the sum is not rounded before it is brought to units of scores',
    { bias: rowScaledBy({ bias: (slope, x, intercept) => Math.fround(slope * x) + intercept }) },
    ['bits/rows/pieces'],
  ],
  [
    3,
    'the scale of another row',
    { bias: rowScaledBy({ row: ({ queries }, b, i) => b * queries + ((i + 1) % queries) }) },
    [FIRE],
  ],
  [3, 'the scale of the first row', { bias: rowScaledBy({ row: ({ queries }, b) => b * queries }) }, [FIRE]],
  [3, 'the scale of another batch row', { bias: rowScaledBy({ row: (_plan, _b, i) => i }) }, ['bits/rows/batch-rows']],
  [3, 'a break that x lies on is passed', { bias: rowScaledBy({ isPassed: (end, x) => end <= x }) }, ['bits/rows/pieces']],
  [3, 'the slope of the neighbouring piece', { bias: rowScaledBy({ slope: neighbour }) }, [FIRE]],
  [3, 'the intercept of the neighbouring piece', { bias: rowScaledBy({ intercept: neighbour }) }, [FIRE]],
  [3, "another head's lines", { bias: rowScaledBy({ head: (h, heads) => heads - 1 - h }) }, [FIRE]],
  [
    3,
    'the lines of the key head',
    { bias: rowScaledBy({ head: (h) => h >> 1 }) },
    ['bits/fire.past-threshold:heads=8;keyValueHeads=2;dtype=bfloat16'],
  ],
  [4, 'components backwards', { component: (place, headDim) => headDim - 1 - place }, [SPLIT]],
  [
    4,
    'low * high is left out',
    { slices: (inputs) => ({ ...slicesOf(inputs), query: [slicesOf(inputs).query[0], new Float32Array(inputs.query.length)] }) },
    [SPLIT],
  ],
  [
    4,
    'slices of 8 and 16 bits',
    {
      slices: (inputs) => ({
        ...slicesOf(inputs),
        query: valueSlices(inputs.query).slice(0, 2),
        key: valueSlices(inputs.key).slice(0, 2),
      }),
    },
    [SPLIT],
  ],
  [4, 'products in float64, the sum rounded at the end', { add: (sum, a, b) => sum + a * b }, [SPLIT]],
  [5, 'rounded to nearest', { logit: (score, bias, factor) => fixedLogit(score, bias, factor) + 1 }, [EXACT]],
  [
    5,
    'score and bias are not rounded before they are scaled',
    { logit: (score, bias, factor) => clamp(Math.floor(Math.fround((score + bias) * factor))) },
    ['bits/alibi:queries=3;keys=65;dtype=bfloat16', ...DRAWN],
  ],
  [
    5,
    'no upper end',
    { logit: (score, bias, factor) => Math.max(-(2 ** 31), Math.floor(Math.fround(Math.fround(score + bias) * factor))) },
    ['bits/range/above'],
  ],
  [6, 'tiles of 128', { tileKeys: 128 }, [EXACT]],
  [6, 'tiles of 32', { tileKeys: 32 }, [EXACT]],
  [6, 'a running maximum', { rowMax: (tileMax, before) => Math.max(tileMax, before) }, [LADDER]],
  [
    6,
    'the least row maximum is one lower',
    { rowMax: (tileMax) => (tileMax === ROW_MAX_FLOOR ? ROW_MAX_FLOOR - 1 : tileMax) },
    ['bits/proof/masked-rows'],
  ],
  [7, 'a mantissa of 13 bits for bfloat16', { table: () => mantissaTable(13) }, [EXACT]],
  [7, 'a mantissa of 16 bits for float16', { table: () => mantissaTable(16) }, ['bits/none:queries=2;keys=193;dtype=float16']],
  [7, 'one mantissa of 65,536 is off', { table: () => ONE_OFF }, ['bits/proof/exponential-16']],
  [7, 'weights reach 49 powers of two down', { weight: cutAt(49) }, [LADDER]],
  [7, 'weights reach 47 powers of two down', { weight: cutAt(47) }, [LADDER]],
  [8, 'keys backwards', { keyAt: (place, count) => count - 1 - place }, [EXACT]],
  [8, 'one lane', { lane: () => 0 }, [EXACT]],
  [8, 'lanes in blocks', { lane: (place) => place >> 4 }, DRAWN],
  [8, 'lanes one after the other', { lanes: ([a, b, c, d]) => Math.fround(Math.fround(a + b) + c) + d }, [EXACT]],
  [
    8,
    'the third slice of values is left out',
    { slices: (inputs) => ({ ...slicesOf(inputs), value: slicesOf(inputs).value.slice(0, 2) }) },
    [SPLIT],
  ],
  [
    8,
    'slices of values from the last to the first',
    { slices: (inputs) => ({ ...slicesOf(inputs), value: slicesOf(inputs).value.toReversed() }) },
    [SPLIT],
  ],
  [
    8,
    'values in slices of 12 bits',
    {
      slices: (inputs) => ({ ...slicesOf(inputs), value: scoreSlices(inputs.value) }),
      add: (sum, a, b) => Math.fround(sum + Math.fround(a * b)),
    },
    [SPLIT],
  ],
  [9, 'the fold reaches 49 powers of two down', { fold: foldWith({ cutoff: 49 }) }, [LADDER]],
  [9, 'the fold reaches 47 powers of two down', { fold: foldWith({ cutoff: 47 }) }, [LADDER]],
  [9, 'the fold keeps what is small', { fold: foldWith({ least: 0 }) }, [LADDER]],
  [9, 'the fold drops what is small where nothing is rescaled', { fold: foldWith({ flushUnscaled: true }) }, [LADDER]],
  [9, 'tiles from the last to the first', { tileAt: (place, count) => count - 1 - place }, [EXACT]],
  [10, 'the reciprocal is not rounded', { reciprocal: (sum) => (sum > 0 ? 1 / sum : 0) }, [EXACT]],
  [10, 'the reciprocal is one unit off', { reciprocal: (sum) => reciprocal(sum) * (1 + 2 ** -23) }, [EXACT]],
  [10, 'small sums are kept', { output: (sum, shrink) => Math.fround(sum * shrink) }, [LADDER]],
  [
    11,
    'ln by the platform, in float32',
    {
      logSumExp: (rows) =>
        finishLogSumExp(rows).map((_, row) => rows.rowMax[row] * Math.LN2 + Math.fround(Math.log(rows.rowSum[row]))),
    },
    DRAWN,
  ],
  // Up to s^17 or s^19 instead of s^21: no float32 result distinguishes these from the rule. For each of the 2^23 mantissas of a row sum and each M + e
  // from -32,779 to 32,807, which is more than rows can have, the three series were computed in float64, and the sums rounded to the same
  // float32, all 5.5 * 10^11 of them. The last two terms change at most the 52nd bit of the float64, and no sum lies so near to the middle
  // between two float32.
  [11, 'the series ends with s^15', { logSumExp: seriesUpTo(7) }, ['bits/range/log-series']],
];

/** The log-sum-exp by the series up to s^(2 last + 1). */
function seriesUpTo(last: number): BitsSteps['logSumExp'] {
  return ({ rowSum, rowMax }) =>
    rowSum.map((sum, row) => {
      if (sum === 0) return -Infinity;
      let exponent = Math.floor(Math.log2(sum));
      if (sum * 2 ** -exponent > Math.SQRT2) exponent++;
      const u = sum * 2 ** -exponent;
      const s = (u - 1) / (u + 1);
      let series = 0;
      for (let i = last; i >= 0; i--) series = series * (s * s) + 1 / (2 * i + 1);
      return Math.fround((rowMax[row] + exponent) * Math.LN2 + 2 * s * series);
    });
}

function clamp(logit: number): number {
  return Math.min(Math.max(logit, -(2 ** 31)), 2147483520);
}

function keepSmall(): BitsSteps['canonical'] {
  return (plan, ...tensors) => {
    const raw = rawInputs(plan, ...tensors);
    const inputs = canonicalInputs(plan, raw);
    const kept = (numbers: Float32Array, data: ArrayLike<number>): Float32Array =>
      numbers.map((number, index) => (number === 0 && Number.isFinite(data[index]) ? data[index] : number));
    if (raw.value.dtype !== 'float32') return inputs;
    return { ...inputs, value: kept(inputs.value, raw.value.data) };
  };
}

test.each(MUTATIONS)('rule %i: %s', async (_rule, _what, steps, cases) => {
  const statuses: string[] = [];
  for (const name of cases) {
    statuses.push((await runCase(findCase(name), bitsBackend(steps))).status);
    if (statuses.at(-1) === 'fail') break;
  }
  expect(statuses).toContain('fail');
});

test('without a mutation, the steps have the bits of the reference', async () => {
  const unbroken: readonly (readonly [string, Partial<BitsSteps>])[] = [
    [LADDER, { fold: foldWith({}) }],
    [LADDER, { weight: cutAt(48) }],
    [LADDER, { weight }],
    [LADDER, { logitScale }],
    [LADDER, { output: outputNumber }],
    ['bits/range/log-series', { logSumExp: seriesUpTo(10) }],
    ...['bits/rows/pieces', 'bits/rows/batch-rows', FIRE].map((name) => [name, { bias: rowScaledBy({}) }] as const),
  ];
  for (const [name, steps] of unbroken) {
    expect(await runCase(findCase(name), bitsBackend(steps))).toMatchObject({ name, status: 'pass' });
  }
  expect(power(49)).toBe(0);
});
