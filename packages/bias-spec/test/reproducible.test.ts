// The functions of the reproducible profile: constants by their bits, the exponential for every input, canonical forms for every half, and
// the properties that the profile relies on. Vectors and mutations in the conformance package test the whole.
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { bfloat16ToNumber, float16ToNumber } from '../src/index.ts';
import {
  CUTOFF,
  LARGEST_BIAS,
  LARGEST_LOGIT,
  FLUSH_BELOW,
  SMALLEST_LOGIT,
  MASKED,
  ROW_MAX_FLOOR,
  canonicalBfloat16,
  canonicalFloat16,
  canonicalFloat32,
  fixedLogit,
  hashWords,
  hexWord,
  logSumExp,
  logitScale,
  mantissa,
  mantissaTable,
  power,
  preparedBias,
  reciprocal,
  scoreSlices,
  valueSlices,
  weight,
  weightWord,
} from '../src/reproducible/index.ts';

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);
const wordOf = (number: number): number => ((floats[0] = number), words[0]);
const numberOf = (word: number): number => ((words[0] = word), floats[0]);

test('constants have the bits that the profile names', () => {
  expect([FLUSH_BELOW, MASKED].map((one) => wordOf(one))).toEqual([0x0d800000, 0xf1800000]);
  expect([LARGEST_BIAS, SMALLEST_LOGIT, LARGEST_LOGIT].map((one) => Math.fround(one))).toEqual([
    LARGEST_BIAS,
    SMALLEST_LOGIT,
    LARGEST_LOGIT,
  ]);
  // The cutoff of a row maximum must be comparable in 32 bits, and above the logit of hidden pairs.
  expect((ROW_MAX_FLOOR - CUTOFF) << 16).toBe((ROW_MAX_FLOOR - CUTOFF) * 65536);
  expect((ROW_MAX_FLOOR - CUTOFF) * 65536).toBeGreaterThan(SMALLEST_LOGIT);
  expect([Math.LN2, Math.LOG2E].map(String)).toEqual(['0.6931471805599453', '1.4426950408889634']);
});

describe('the exponential', () => {
  const all = Array.from({ length: 65536 }, (_, fraction) => fraction);

  it.each([
    [16, '73752b1c', 32768, 65535],
    [13, 'e51d347d', 32768, 65536],
  ] as const)('with %i bits has the hash %s', (bits, hash, least, most) => {
    const mantissas = Int32Array.from(all, (fraction) => mantissa(fraction, bits));
    expect(hexWord(hashWords(mantissas))).toBe(hash);
    expect([Math.min(...mantissas.subarray(0, 10)), mantissas.at(-1)]).toEqual([least, most]);
    expect(mantissas.every((one, index) => index === 0 || one >= mantissas[index - 1])).toBe(true);
    expect(mantissas.every((one) => one % (bits === 16 ? 1 : 8) === 0)).toBe(true);
  });

  it('is 2^x to the last bit, and every product fits in 32 bits', () => {
    const wrong = all.filter((fraction) => Math.abs(mantissa(fraction, 16) - 2 ** (15 + fraction / 65536)) > 1);
    expect(wrong).toEqual([]);
    // The same polynomial in numbers that cannot wrap.
    const overflowing = all.filter((fraction) => {
      const g = fraction - 32768;
      const products: number[] = [28393 * g];
      let h = Math.floor(products[0] / 2 ** 19) + 20724;
      products.push(h * g);
      h = Math.floor(products[1] / 2 ** 18) + 22267;
      products.push(h * g);
      h = Math.floor(products[2] / 2 ** 15) - 2591;
      products.push(h * g);
      const wide = Math.floor(products[3] / 2 ** 10) + fraction * 128 + 7669032;
      return products.some((one) => Math.abs(one) >= 2 ** 31) || Math.floor((wide + 128) / 256) !== mantissa(fraction, 16);
    });
    expect(overflowing).toEqual([]);
  });

  it.each([16, 13] as const)('as bits is the weight by the table, with %i bits', (bits) => {
    const table = mantissaTable(bits);
    const logit = fc.integer({ min: SMALLEST_LOGIT, max: LARGEST_LOGIT });
    fc.assert(
      fc.property(logit, fc.integer({ min: 0, max: CUTOFF }), (one, above) => {
        const rowMax = (one >> 16) + above;
        fc.pre(rowMax >= ROW_MAX_FLOOR && rowMax <= 32767);
        expect(weightWord(one, rowMax, bits) >>> 0).toBe(wordOf(weight(one, rowMax, table)));
      }),
    );
  });

  it('drops a weight from 48 powers of two below the row maximum on', () => {
    const table = mantissaTable(16);
    expect([weight(0, CUTOFF, table), weight(-1, CUTOFF, table)]).toEqual([2 ** -48, 0]);
    expect([power(48), power(49), power(65000)]).toEqual([2 ** -48, 0, 0]);
    // Hidden pairs have weight 0 even if no other key is visible.
    expect(weight(SMALLEST_LOGIT, ROW_MAX_FLOOR, table)).toBe(0);
  });
});

describe('canonical inputs', () => {
  it('of all halves: in range, multiples of 2^-63 (2^-24), and canonical already', () => {
    const wrong: number[] = [];
    for (let word = 0; word < 65536; word++) {
      for (const [role, limit] of [
        ['score', 2 ** 40],
        ['value', 2 ** 96],
      ] as const) {
        if ((word & 0x7fff) <= 0x7f80) {
          const one = canonicalBfloat16(word, role);
          const number = bfloat16ToNumber(one);
          const kept = Math.abs(bfloat16ToNumber(word)) >= 2 ** -56 && Math.abs(bfloat16ToNumber(word)) < limit;
          const fits = Math.abs(number) < limit && Number.isInteger(number * 2 ** 63) && canonicalBfloat16(one, role) === one;
          // The same number as float32 has the same canonical form, unless its own limits flush it.
          const asFloat = canonicalFloat32(word << 16, role);
          const agrees = Math.abs(number) < 2 ** -40 ? asFloat === 0 : kept ? asFloat === word << 16 : true;
          if (!fits || !agrees || kept !== (one === word && number !== 0)) {
            const atLimit = (one & 0x7fff) === (word & 0x7fff);
            if (!fits || !agrees || !atLimit) wrong.push(word);
          }
        }
      }
      if ((word & 0x7fff) > 0x7c00) continue;
      const number = float16ToNumber(canonicalFloat16(word));
      if (Math.abs(number) > 65504 || !Number.isInteger(number * 2 ** 24)) wrong.push(word);
      if (Math.abs(float16ToNumber(word)) <= 65504 && canonicalFloat16(word) !== word) wrong.push(word);
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['the least that stays', 2 ** -40, 2 ** -40, 2 ** -40],
    ['just below it', numberOf(wordOf(2 ** -40) - 1), 0, 0],
    ['a subnormal', 2 ** -149, 0, 0],
    ['-0', -0, 0, 0],
    ['the first score that is clamped', 2 ** 40, numberOf(0x537fffff), 2 ** 40],
    ['3e38', Math.fround(3e38), numberOf(0x537fffff), numberOf(0x6f7fffff)],
    ['-Infinity', -Infinity, numberOf(0xd37fffff), numberOf(0xef7fffff)],
  ])('of float32: %s', (_what, number, score, value) => {
    expect([canonicalFloat32(wordOf(number), 'score') >>> 0, canonicalFloat32(wordOf(number), 'value') >>> 0]).toEqual([
      wordOf(score),
      wordOf(value),
    ]);
  });
});

/** Canonical numbers of any size and sign. */
const canonical = (role: 'score' | 'value'): fc.Arbitrary<number> =>
  fc
    .integer({ min: 0, max: 0xffffffff })
    .filter((word) => (word & 0x7fffffff) <= 0x7f800000)
    .map((word) => numberOf(canonicalFloat32(word, role)));

const exact = (number: number): boolean => Math.fround(number) === number;

describe('products are exact', () => {
  it('of the slices of queries and keys', () => {
    fc.assert(
      fc.property(canonical('score'), canonical('score'), (q, k) => {
        const [[qHigh], [qLow]] = scoreSlices(Float32Array.of(q));
        const [[kHigh], [kLow]] = scoreSlices(Float32Array.of(k));
        expect(qHigh + qLow).toBe(q);
        for (const product of [qHigh * kHigh, qHigh * kLow, qLow * kHigh]) {
          expect(exact(product) && (product === 0 || Math.abs(product) >= 2 ** -126)).toBe(true);
        }
      }),
    );
  });

  it('of weights and the slices of values', () => {
    fc.assert(
      fc.property(
        canonical('value'),
        fc.integer({ min: 0, max: 65535 }),
        fc.integer({ min: 0, max: CUTOFF }),
        (v, fraction, down) => {
          const slices = valueSlices(Float32Array.of(v)).map(([one]) => one);
          expect(slices[0] + slices[1] + slices[2]).toBe(v);
          for (const slice of slices) {
            const product = (mantissa(fraction, 16) / 32768) * power(down) * slice;
            expect(exact(product) && (product === 0 || Math.abs(product) >= 2 ** -126)).toBe(true);
          }
        },
      ),
    );
  });

  it('of weights of 13 bits and float16 values', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 65535 }), (word, fraction) => {
        fc.pre((word & 0x7fff) <= 0x7c00);
        expect(exact((mantissa(fraction, 13) / 32768) * float16ToNumber(canonicalFloat16(word)))).toBe(true);
      }),
    );
  });
});

describe('scale, bias and logit', () => {
  it('the logit of a score', () => {
    expect(logitScale(1 / Math.sqrt(8))).toBe(33427.9296875);
    expect(logitScale(Math.LN2)).toBe(65536);
    expect([fixedLogit(1, 0.5, 65536), fixedLogit(-1e-30, 0, 65536), fixedLogit(3, MASKED, 1)]).toEqual([
      98304,
      -1,
      SMALLEST_LOGIT,
    ]);
    expect([fixedLogit(2 ** 92, 0, 65536), fixedLogit(-(2 ** 92), 0, 65536)]).toEqual([LARGEST_LOGIT, SMALLEST_LOGIT]);
  });

  it.each([
    [-Infinity, 0, MASKED],
    [-Infinity, -1, MASKED],
    [-3e38, 1, MASKED],
    [3e38, 1, LARGEST_BIAS],
    [-(2 ** 99), 1, -LARGEST_BIAS],
    [2 ** -101, 1, 0],
    [-(2 ** -101), 1, 0],
    [2 ** -100, 1, 2 ** -100],
    [0.1, 3, Math.fround(Math.fround(0.1) * 3)],
    [-0, 1, 0],
  ])('the prepared bias of %d times %d is %d', (bias, factor, wanted) => {
    expect(preparedBias(Math.fround(bias), factor)).toBe(wanted);
  });
});

describe('the end of a row', () => {
  it('the reciprocal is the nearest float32', () => {
    fc.assert(
      fc.property(fc.integer({ min: wordOf(2 ** -48), max: wordOf(2 ** 25) }), (word) => {
        const sum = numberOf(word);
        const got = reciprocal(sum);
        // |sum * r - 1| in integers: no neighbour of r is nearer to 1 / sum.
        const error = (one: number): bigint => {
          const product = scaled(sum) * scaled(one) - (1n << 200n);
          return product < 0n ? -product : product;
        };
        expect(error(got) <= error(numberOf(wordOf(got) + 1)) && error(got) <= error(numberOf(wordOf(got) - 1))).toBe(true);
      }),
    );
    expect(reciprocal(0)).toBe(0);
  });

  it('the log-sum-exp is the logarithm, rounded once', () => {
    const sum = fc.integer({ min: wordOf(2 ** -48), max: wordOf(2 ** 25) }).map(numberOf);
    fc.assert(
      fc.property(sum, fc.integer({ min: -32719, max: 32767 }), (rowSum, rowMax) => {
        const want = Math.log(rowSum) + rowMax * Math.LN2;
        // In float64 both err by some units of 2^-53 of their larger term; then comes half a unit of float32.
        const slack = Math.abs(want) * 2 ** -24 + (Math.abs(rowMax) + 40) * 2 ** -50;
        expect(Math.abs(logSumExp(rowSum, rowMax) - want)).toBeLessThanOrEqual(slack);
      }),
    );
    expect(logSumExp(0, ROW_MAX_FLOOR)).toBe(-Infinity);
  });
});

/** A float32 from 2^-48 to 2^48 times 2^100, which is whole. */
function scaled(number: number): bigint {
  return BigInt(number * 2 ** 71) << 29n;
}
