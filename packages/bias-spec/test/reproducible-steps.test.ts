// The steps of the reproducible profile between tiles and result, one by one, compared with the rules in docs/numerics.md.
import { describe, expect, it, test } from 'vitest';
import { ShapeError, bfloat16ToNumber, float16ToNumber } from '../src/index.ts';
import type { PartialRows } from '../src/reproducible/index.ts';
import {
  CUTOFF,
  FLUSH_BELOW,
  ROW_MAX_FLOOR,
  canonicalBfloat16,
  canonicalFloat16,
  canonicalFloat32,
  canonicalRange,
  finishLogSumExp,
  finishOutput,
  foldTile,
  logSumExp,
  noKeys,
  outputNumber,
  reciprocal,
  requireNoNaN,
  rescaled,
  roundTo,
} from '../src/reproducible/index.ts';

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);
const wordOf = (number: number): number => ((floats[0] = number), words[0]);

/** Partial rows from [rowMax, rowSum, ...sums] each. */
function rowsOf(...rows: readonly number[][]): PartialRows {
  return {
    rowMax: Int32Array.from(rows, ([rowMax]) => rowMax),
    rowSum: Float32Array.from(rows, ([, rowSum]) => rowSum),
    sums: Float32Array.from(rows.flatMap(([, , ...sums]) => sums)),
  };
}

describe('the fold', () => {
  it('rescales both sides to the larger row maximum, in every column', () => {
    const into = rowsOf([3, 1.5, 4, -8], [0, 1, 2, 3]);
    foldTile(into, rowsOf([5, 1, 1, 2], [-1, 2, 6, 10]));
    expect(into).toEqual(rowsOf([5, 1.375, 2, 0], [0, 2, 5, 8]));
  });

  it('gives the first tile itself after no keys, and does not change with a tile without visible keys', () => {
    const tile = rowsOf([7, 1.25, 3, 5], [-9, 1, 2, 4]);
    const into = noKeys(2, 2);
    foldTile(into, tile);
    expect(into).toEqual(tile);
    foldTile(into, noKeys(2, 2));
    expect(into).toEqual(tile);
    expect(noKeys(1, 3)).toEqual(rowsOf([ROW_MAX_FLOOR, 0, 0, 0, 0]));
  });

  it('refuses a tile of other rows or columns', () => {
    expect(() => foldTile(noKeys(2, 3), noKeys(1, 3))).toThrow(ShapeError);
    expect(() => foldTile(noKeys(2, 3), noKeys(2, 2))).toThrow(ShapeError);
    // As many sums in all, in other rows.
    expect(() => foldTile(noKeys(2, 3), noKeys(3, 2))).toThrow(ShapeError);
  });

  it('drops what falls below 2^-100, but only if it was rescaled', () => {
    expect([rescaled(-3, 2), rescaled(1, CUTOFF), rescaled(1, CUTOFF + 1)]).toEqual([-0.75, 2 ** -48, 0]);
    expect([rescaled(FLUSH_BELOW * 2, 1), rescaled(-FLUSH_BELOW * 2, 1)]).toEqual([FLUSH_BELOW, -FLUSH_BELOW]);
    expect([rescaled(FLUSH_BELOW, 1), rescaled(-FLUSH_BELOW, 1)].map((one) => Object.is(one, 0))).toEqual([true, true]);
    expect(rescaled(2 ** -126, 0)).toBe(2 ** -126);
  });
});

describe('the end', () => {
  test('an output element is its sum divided by the sum of the weights, and +0 for sums below 2^-100', () => {
    expect(outputNumber(5, reciprocal(3))).toBe(Math.fround(5 * Math.fround(1 / 3)));
    expect([outputNumber(FLUSH_BELOW, 0.5), outputNumber(-FLUSH_BELOW, 0.5)]).toEqual([FLUSH_BELOW / 2, -FLUSH_BELOW / 2]);
    const below = FLUSH_BELOW * (1 - 2 ** -24);
    expect([below, -below].map((one) => Object.is(outputNumber(one, 1), 0))).toEqual([true, true]);
  });

  test('each row is divided by its own sum of weights', () => {
    const rows = rowsOf([0, 2, 3, 5, 7], [4, 0.5, 3, 5, 7], [ROW_MAX_FLOOR, 0, 0, 0, 0]);
    expect([...finishOutput(rows)]).toEqual([1.5, 2.5, 3.5, 6, 10, 14, 0, 0, 0]);
    expect([...finishLogSumExp(rows)]).toEqual([logSumExp(2, 0), logSumExp(0.5, 4), -Infinity]);
    // 2 * 2^0 and 0.5 * 2^4: ln 2 and ln 8.
    expect([...finishLogSumExp(rows)].slice(0, 2)).toEqual([Math.fround(Math.LN2), Math.fround(3 * Math.LN2)]);
  });

  test('results are rounded to halves, ties to even, with the same shape', () => {
    const tensor = { data: Float32Array.of(1 + 2 ** -9, 1 + 3 * 2 ** -9, -2), shape: [1, 3], dtype: 'float32' as const };
    const half = roundTo('float16', tensor);
    const bfloat = roundTo('bfloat16', tensor);
    expect([half.dtype, bfloat.dtype, half.shape, bfloat.shape]).toEqual(['float16', 'bfloat16', [1, 3], [1, 3]]);
    expect(Array.from(half.data, Number).map(float16ToNumber)).toEqual([1 + 2 ** -9, 1 + 3 * 2 ** -9, -2]);
    expect(Array.from(bfloat.data, Number).map(bfloat16ToNumber)).toEqual([1, 1 + 2 ** -7, -2]);
  });
});

describe('canonical inputs', () => {
  test.each(['score', 'value'] as const)('the range agrees with the rule of each dtype (%s)', (role) => {
    const byRange = (dtype: 'float32' | 'bfloat16' | 'float16', word: number): number => {
      const { least, limit } = canonicalRange(dtype, role);
      const size = word & 0x7fffffff;
      if (size < least) return 0;
      return (size > limit ? (word & 0x80000000) | limit : word) >>> 0;
    };
    const wrong: number[] = [];
    for (let word = 0; word < 65536; word++) {
      if ((word & 0x7fff) <= 0x7f80 && byRange('bfloat16', word << 16) !== (canonicalBfloat16(word, role) << 16) >>> 0)
        wrong.push(word);
      if ((word & 0x7fff) > 0x7c00) continue;
      if (byRange('float16', wordOf(float16ToNumber(word))) !== wordOf(float16ToNumber(canonicalFloat16(word)))) wrong.push(word);
    }
    expect(wrong).toEqual([]);
    const ends = [87 << 23, role === 'score' ? 0x537fffff : 0x6f7fffff, 0x7f800000].flatMap((word) => [word - 1, word, word + 1]);
    for (const word of ends.filter((one) => one <= 0x7f800000)) {
      for (const signed of [word, (word | 0x80000000) >>> 0]) {
        expect(byRange('float32', signed)).toBe(canonicalFloat32(signed, role) >>> 0);
      }
    }
  });

  test('NaN is found in any dtype, with its index; infinities are not NaN', () => {
    const NAN = { float32: [0x7f800001, 0xffc00000], float16: [0x7c01, 0xfe00], bfloat16: [0x7f81, 0xffc0] } as const;
    const INFINITE = { float32: 0xff800000, float16: 0xfc00, bfloat16: 0xff80 } as const;
    for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
      for (const nan of NAN[dtype]) {
        const all = [0, INFINITE[dtype], nan, nan];
        const data = dtype === 'float32' ? new Float32Array(Uint32Array.from(all).buffer) : Uint16Array.from(all);
        const tensor = { data, shape: [4], dtype } as Parameters<typeof requireNoNaN>[1];
        expect(() => requireNoNaN('key', tensor, 0, 2)).not.toThrow();
        expect(() => requireNoNaN('key', tensor, 0, 3)).toThrow('key.data[2]: got NaN');
        expect(() => requireNoNaN('key', tensor, 3, 4)).toThrow('key.data[3]: got NaN');
      }
    }
  });
});
