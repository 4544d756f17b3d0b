// ALiBi: properties of the slopes, the forms of the bias, and refusals. The numbers of published code are in the golden vectors.
import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError, alibi, alibiSlopes, contiguousPositions } from '../src/index.ts';

describe('alibiSlopes', () => {
  it('gives 2^(-8k/H) for a power of two', () => {
    expect([...alibiSlopes(8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((k) => 2 ** -k));
  });

  it('interleaves the slopes of twice the power below for other counts, as the published code does', () => {
    const twelve = alibiSlopes(12);
    expect([...twelve.subarray(0, 8)]).toEqual([...alibiSlopes(8)]);
    expect([...twelve.subarray(8)]).toEqual([0, 2, 4, 6].map((index) => alibiSlopes(16)[index]));
  });

  it('differs from the naive 2^(-8k/H) exactly where H is not a power of two', () => {
    for (let heads = 1; heads <= 64; heads++) {
      const naive = Array.from({ length: heads }, (_, head) => 2 ** ((-8 * (head + 1)) / heads));
      const same = alibiSlopes(heads).every((slope, head) => slope === naive[head]);
      expect(same, `${heads} heads`).toBe(Number.isInteger(Math.log2(heads)));
    }
  });

  it('takes biasMax as the exponent of the last head', () => {
    expect(alibiSlopes(4, 16)[3]).toBe(2 ** -16);
  });

  it('ends every power of two at 2^-biasMax', () => {
    for (const heads of [1, 2, 4, 8, 16, 32, 64, 128]) expect(alibiSlopes(heads)[heads - 1]).toBe(2 ** -8);
  });
});

describe('alibi', () => {
  it('penalises each step by the slope, in both directions', () => {
    const bias = alibi({ heads: 8 });
    expect(bias.value(0, 3, 3)).toBe(-1.5);
    expect(bias.value(0, -3, 0)).toBe(-1.5);
  });

  it('holds the published slopes as float32', () => {
    const { data } = alibi({ heads: 12 }).parameters['slopes'];
    expect([...data]).toEqual([...data].map(Math.fround));
  });

  it('gives keys in the future their signed distance, or no bias, on request', () => {
    expect(alibi({ heads: 1, beta: 2, future: 'signed' }).value(0, -3, 0)).toBe(6);
    expect(alibi({ heads: 1, beta: 2, future: 'zero' }).value(0, -3, 0) === 0).toBe(true);
  });

  it('hides the future from the first half of the heads and the past from the second when asymmetric', () => {
    const bias = alibi({ heads: 4, future: 'asymmetric' });
    expect([0, 1, 2, 3].map((head) => bias.value(head, -2, 0) === -Infinity)).toEqual([true, true, false, false]);
    expect([0, 1, 2, 3].map((head) => bias.value(head, 2, 2) === -Infinity)).toEqual([false, false, true, true]);
    expect(bias.value(0, 2, 2)).toBe(bias.value(2, -2, 0));
    // The two heads of a half are the two of alibiSlopes(2).
    expect([0, 1].map((head) => bias.value(head, 1, 1))).toEqual([-(2 ** -4), -(2 ** -8)]);
  });

  it('warns of forms that reward the future or distance', () => {
    expect(alibi({ heads: 2, future: 'signed' }).diagnostics.map(({ code }) => code)).toEqual(['alibi-rewards-future']);
    expect(alibi({ heads: 2, slopes: [1, -1] }).diagnostics.map(({ code }) => code)).toEqual(['alibi-rewards-distance']);
    expect(alibi({ heads: 2 }).diagnostics).toEqual([]);
  });

  it('adds the gradient of each distance to the slope that multiplies it', () => {
    // Query 3 sees keys 0 to 5: distances -2 to 3, one gradient each, the same in both heads.
    const positions = contiguousPositions(1, 1, 6, 3);
    const each = [1, 10, 100, 1000, 10_000, 100_000];
    const slopesOf = (options: object): number[] => {
      const bias = alibi({ heads: 2, learned: true, ...options });
      return [...bias.adjoint(positions, [{ kind: 'per-distance', values: Float64Array.from([...each, ...each]) }])['slopes']];
    };
    const past = 1000 + 2 * 10_000 + 3 * 100_000;
    const future = 2 + 10;
    expect(slopesOf({ slopes: [1, 2] })).toEqual([-past - future, -past - future]);
    expect(slopesOf({ slopes: [1, 2], future: 'signed' })).toEqual([future - past, future - past]);
    expect(slopesOf({ slopes: [1, 2], future: 'zero' })).toEqual([-past, -past]);
    // What is hidden has a gradient of 0 from the softmax: the first head sees the past only.
    expect(slopesOf({ slopes: [1, 2], future: 'asymmetric' })).toEqual([-past - future, -past - future]);
    expect(slopesOf({ beta: 1 })).toEqual([2 * (-past - future)]);
  });

  it('does not warn about a slope of 0', () => {
    expect(alibi({ heads: 2, slopes: [0, 1] }).diagnostics).toEqual([]);
  });

  it('has learned slopes only on request', () => {
    expect([true, false, undefined].map((learned) => alibi({ heads: 1, learned }).parameters['slopes'].learned)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['no heads', () => alibi({ heads: 0 }), ParameterError, ['alibi.heads', '0']],
    ['more heads than memory holds', () => alibi({ heads: 1e12 }), ParameterError, ['alibi.heads', 'from 1 to 65536']],
    ['slopes of as many', () => alibiSlopes(1e12), ParameterError, ['heads', 'from 1 to 65536']],
    ['a fraction of a head', () => alibi({ heads: 1.5 }), ParameterError, ['1.5', 'an integer']],
    ['two sources of slopes', () => alibi({ heads: 1, beta: 1, biasMax: 8 }), ParameterError, ['beta', 'at most one']],
    ['slopes for other heads', () => alibi({ heads: 2, slopes: [1] }), ShapeError, ['alibi.slopes', '1 numbers', '2']],
    ['a slope that is NaN', () => alibi({ heads: 1, slopes: [Number.NaN] }), ParameterError, ['alibi.slopes[0]', 'NaN']],
    ['an odd asymmetric count', () => alibi({ heads: 3, future: 'asymmetric' }), ShapeError, ['3', 'even']],
    ['biasMax 0', () => alibi({ heads: 1, biasMax: 0 }), ParameterError, ['biasMax', 'above 0']],
    ['an unknown future', () => alibi({ heads: 1, future: 'abs' as never }), ParameterError, ['"abs"', '"unsigned"']],
    ['a misspelt option', () => alibi({ heads: 1, slope: [1] } as never), ParameterError, ['alibi.slope', 'slopes']],
  ] as const)('refuses %s', (_name, call, error, parts) => {
    expect(call).toThrow(error);
    for (const part of parts) expect(call).toThrow(part);
  });
});
