// The reference as a whole: what it refuses, shards and saved prefixes, mixed dtypes, rounding to halves, and the start-up check.
import { describe, expect, it, test } from 'vitest';
import type { AttentionProblem, Tensor } from '../src/index.ts';
import {
  ParameterError,
  ShapeError,
  UnsupportedError,
  alibi,
  fireFamily,
  numberToBfloat16,
  numberToFloat16,
  planAttention,
  toFloat32,
} from '../src/index.ts';
import type { ProofCall, ProofResult } from '../src/reproducible/index.ts';
import {
  MASKED,
  PROOFS,
  attentionTiles,
  finishLogSumExp,
  finishOutput,
  foldTile,
  hashWords,
  noKeys,
  prepareBias,
  proveDevice,
  reproducibleAttention,
  requireReproducible,
  roundTo,
} from '../src/reproducible/index.ts';
import { seeded } from './seeded.ts';

const PROBLEM: AttentionProblem = {
  heads: 2,
  queries: 3,
  keys: 200,
  headDim: 4,
  bias: alibi({ heads: 2 }),
  mask: { causal: true },
  numerics: 'reproducible',
};

const random = seeded(7);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random() * 6 - 3);
const [query, key, value] = [numbers(2 * 3 * 4), numbers(2 * 200 * 4), numbers(2 * 200 * 4)];
const whole = reproducibleAttention(planAttention(PROBLEM), query, key, value);

test.each<[Partial<AttentionProblem>, RegExp]>([
  [{ softcap: 5 }, /softcap: got 5, wanted none/],
  [{ headDim: 8193 }, /headDim: got 8193, wanted at most 8192/],
  [{ scale: 1.4 }, /scale: got 1\.4, wanted from 0\.00001058 up to 1\.386/],
  [{ scale: 1e-5 }, /scale: got 0\.00001/],
  [{ biasScale: 1e38, scale: 0.001 }, /biasScale: got 1e\+38/],
])('refuses %o', (changed, message) => {
  const refuse = (): void => requireReproducible(planAttention({ ...PROBLEM, ...changed }));
  expect(refuse).toThrow(UnsupportedError);
  expect(refuse).toThrow(message);
});

test('NaN is refused with its index, except in padding; infinities are accepted', () => {
  const plan = planAttention({ ...PROBLEM, queryStart: 197, mask: { keyLengths: [199] } });
  const sick = key.slice();
  sick[199 * 4] = NaN;
  expect(() => reproducibleAttention(plan, query, sick, value)).not.toThrow();
  sick[5] = Infinity;
  expect(reproducibleAttention(plan, query, sick, value).output.every(Number.isFinite)).toBe(true);
  sick[6] = NaN;
  expect(() => reproducibleAttention(plan, query, sick, value)).toThrow(ParameterError);
  expect(() => reproducibleAttention(plan, query, sick, value)).toThrow(/key\.data\[6\]: got NaN/);
});

describe('a sequence in shards', () => {
  it('tiles of shards that begin at multiples of 64 fold to the bits of the whole', () => {
    const state = noKeys(6, 4);
    for (const [first, end] of [
      [0, 128],
      [128, 200],
    ]) {
      const count = end - first;
      const cut = (data: Float32Array): Float32Array =>
        Float32Array.of(...data.subarray(first * 4, end * 4), ...data.subarray((200 + first) * 4, (200 + end) * 4));
      const shard = planAttention({ ...PROBLEM, keys: count, queryStart: 197 - first });
      for (const tile of attentionTiles(shard, query, cut(key), cut(value))) foldTile(state, tile);
    }
    expect(finishOutput(state)).toEqual(whole.output);
    expect(finishLogSumExp(state)).toEqual(whole.logSumExp);
  });

  it('a prefix can be saved as JSON and continued', () => {
    const [first, ...rest] = attentionTiles(planAttention(PROBLEM), query, key, value);
    const saved = noKeys(6, 4);
    foldTile(saved, first);
    const text = JSON.stringify([saved.sums, saved.rowSum, saved.rowMax].map((one) => Array.from(one)));
    const [sums, rowSum, rowMax] = JSON.parse(text) as number[][];
    const state = { sums: Float32Array.from(sums), rowSum: Float32Array.from(rowSum), rowMax: Int32Array.from(rowMax) };
    for (const tile of rest) foldTile(state, tile);
    expect(state).toEqual(whole.rows);
  });

  it('folding in another order gives other bits', () => {
    const state = noKeys(6, 4);
    for (const tile of [...attentionTiles(planAttention(PROBLEM), query, key, value)].toReversed()) foldTile(state, tile);
    expect(hashWords(finishOutput(state))).not.toBe(hashWords(whole.output));
  });

  it('a tile without a visible key for a row does not change the row', () => {
    const state = { sums: whole.rows.sums.slice(), rowSum: whole.rows.rowSum.slice(), rowMax: whole.rows.rowMax.slice() };
    foldTile(state, noKeys(6, 4));
    expect(state).toEqual(whole.rows);
    expect(() => foldTile(state, noKeys(5, 4))).toThrow(ShapeError);
  });
});

test('a half with float32 tensors gives the bits of the same numbers as float32', () => {
  for (const [dtype, narrow] of [
    ['bfloat16', numberToBfloat16],
    ['float16', numberToFloat16],
  ] as const) {
    const half: Tensor = { data: Uint16Array.from(key, narrow), shape: [1, 2, 200, 4], dtype };
    const plan = planAttention(PROBLEM);
    expect(reproducibleAttention(plan, query, half, value)).toEqual(reproducibleAttention(plan, query, toFloat32(half), value));
  }
});

test('the output rounds to halves', () => {
  const output = { data: whole.output, shape: [1, 2, 3, 4], dtype: 'float32' } as const;
  expect(roundTo('bfloat16', output)).toEqual({
    data: Uint16Array.from(whole.output, numberToBfloat16),
    shape: [1, 2, 3, 4],
    dtype: 'bfloat16',
  });
  expect(roundTo('float16', output).data[5]).toBe(numberToFloat16(whole.output[5]));
});

test('the prepared bias of every form, with its masks', () => {
  const table = prepareBias(planAttention({ ...PROBLEM, queryStart: 197, mask: { causal: true, keyLengths: [190] } }));
  expect([table.at(0, 0, 2, 189), table.at(0, 0, 2, 190), table.at(0, 0, 0, 198)]).toEqual([
    Math.fround(-10 * 2 ** -4 * 2),
    MASKED,
    MASKED,
  ]);
  expect(table.table?.headStride).toBe(202);
  expect(prepareBias(planAttention({ ...PROBLEM, bias: undefined })).table?.headStride).toBe(0);
  const fire = planAttention({ ...PROBLEM, queries: 2, queryStart: 700, bias: fireFamily.initialise(2, seeded(3)) });
  const { table: none, at, fill } = prepareBias(fire);
  expect(none).toBeNull();
  expect(at(0, 1, 0, 9)).toBeCloseTo(fire.bias.value(1, 691, 700) / fire.scale, 4);
  const out = new Float32Array(3);
  fill(0, 1, 0, 198, out);
  expect([...out]).toEqual([at(0, 1, 0, 198), at(0, 1, 0, 199), MASKED]);
});

describe('the start-up check', () => {
  const reference = ({ problem, query: q, key: k, value: v }: ProofCall): ProofResult => {
    const { output, logSumExp } = reproducibleAttention(planAttention(problem), q, k, v);
    return { output: { data: output }, logSumExp: { data: logSumExp } };
  };

  it('accepts the reference, synchronous or not', async () => {
    expect(() => proveDevice('reference', reference)).not.toThrow();
    await expect(proveDevice('reference', async (call) => reference(call))).resolves.toBeUndefined();
  });

  it.each(PROOFS.map(({ name }) => name))('notices one wrong bit in the last number of %s', (name) => {
    const index = PROOFS.findIndex((one) => one.name === name);
    let at = 0;
    const flawed = (call: ProofCall): ProofResult => {
      const result = reference(call);
      const lse = result.logSumExp?.data ?? new Float32Array(0);
      if (at++ === index) new Uint32Array(lse.buffer)[lse.length - 1] ^= 1;
      return result;
    };
    const message = new RegExp(
      `^flawed: numerics: "reproducible": got logSumExp\\[0, \\d, \\d+\\] = 0x.* instead of 0x.* in the proof ${name}`,
    );
    expect(() => proveDevice('flawed', flawed)).toThrow(message);
  });
});
