// KERPLE: hand-computed kernels, the clamp, the two futures, gradients at distance 0, and refusals.
import { describe, expect, it } from 'vitest';
import {
  ParameterError,
  ShapeError,
  contiguousPositions,
  kerpleLog,
  kerpleLogFamily,
  kerplePower,
  kerplePowerFamily,
} from '../src/index.ts';
import type { Bias } from '../src/index.ts';
import { seeded } from './seeded.ts';

/** The gradients of bias(head 0, distance). */
function gradientAt(bias: Bias, distance: number): Record<string, number> {
  const positions = contiguousPositions(1, 1, 1, distance);
  const gradients = bias.adjoint(positions, [{ kind: 'per-distance', values: Float64Array.of(1) }]);
  return Object.fromEntries(Object.entries(gradients).map(([name, [value]]) => [name, value]));
}

describe('the kernels', () => {
  it('are -r1 ln(1 + r2 d) and -r1 d^r2', () => {
    expect(kerpleLog({ heads: 1, r1: [2], r2: [0.5] }).value(0, 6, 6)).toBe(-2 * Math.log(4));
    expect(kerplePower({ heads: 1, r1: [0.5], r2: [2] }).value(0, 3, 3)).toBe(-4.5);
  });

  it('give each head its own parameters', () => {
    const bias = kerplePower({ heads: 2, r1: [1, 2], r2: [1, 0.5] });
    expect([bias.value(0, 4, 4), bias.value(1, 4, 4)]).toEqual([-4, -4]);
    expect([bias.value(0, 9, 9), bias.value(1, 9, 9)]).toEqual([-9, -6]);
  });

  it.each([kerpleLog, kerplePower])('are symmetric, or 0 in the future on request', (kernel) => {
    const symmetric = kernel({ heads: 1, r1: [1], r2: [1] });
    expect(symmetric.value(0, -5, 0)).toBe(symmetric.value(0, 5, 5));
    const past = kernel({ heads: 1, r1: [1], r2: [1], future: 'zero' });
    expect(past.value(0, -5, 0)).toBe(past.value(0, 0, 0));
    expect(past.value(0, 5, 5)).toBe(symmetric.value(0, 5, 5));
  });
});

describe('gradients', () => {
  it('are those of the formulas', () => {
    expect(gradientAt(kerpleLog({ heads: 1, r1: [2], r2: [0.5] }), 6)).toEqual({ r1: -Math.log1p(3), r2: -3 });
    expect(gradientAt(kerplePower({ heads: 1, r1: [2], r2: [2] }), 3)).toEqual({ r1: -9, r2: -18 * Math.log(3) });
  });

  it('vanish at distance 0 and are finite there', () => {
    for (const kernel of [kerpleLog, kerplePower]) {
      const { r1, r2 } = gradientAt(kernel({ heads: 1, r1: [1], r2: [0.5] }), 0);
      expect([r1 === 0, r2 === 0]).toEqual([true, true]);
    }
  });

  it('are taken at the clamped parameters, as if the clamp were the identity', () => {
    const [clamped, inside] = [5, 2].map((r2) => kerplePower({ heads: 1, r1: [-3], r2: [r2], clamp: true }));
    expect(gradientAt(clamped, 3)).toEqual(gradientAt(inside, 3));
    expect(gradientAt(clamped, 3)['r2']).toBe(-0.01 * 9 * Math.log(3));
  });
});

describe('the clamp', () => {
  it('raises parameters to 0.01, and limits exponents (only exponents) to 2', () => {
    const parameters = (bias: Bias): number[][] => [[...bias.parameters['r1'].data], [...bias.parameters['r2'].data]];
    const options = { heads: 3, r1: [-1, 0.5, 7], r2: [0, 1, 9], clamp: true };
    expect(parameters(kerplePower(options))).toEqual([
      [0.01, 0.5, 7],
      [0.01, 1, 2],
    ]);
    expect(parameters(kerpleLog(options))).toEqual([
      [0.01, 0.5, 7],
      [0.01, 1, 9],
    ]);
  });

  it('keeps the initial parameters inside the published ranges', () => {
    for (const [family, most] of [
      [kerpleLogFamily, { r1: 2, r2: 1 }],
      [kerplePowerFamily, { r1: 1, r2: 2 }],
    ] as const) {
      const { r1, r2 } = family.initialise(500, seeded(1)).parameters;
      for (const [data, end] of [[r1.data, most.r1] as const, [r2.data, most.r2] as const]) {
        expect(Math.min(...data)).toBeGreaterThanOrEqual(0.01);
        expect(Math.max(...data)).toBeLessThanOrEqual(end);
        expect(Math.max(...data)).toBeGreaterThan(0.9 * end);
        expect(Math.min(...data)).toBeLessThan(0.1 * end);
      }
    }
  });
});

it.each([
  ['r1 of 0', () => kerpleLog({ heads: 1, r1: [0], r2: [1] }), ParameterError, ['kerpleLog.r1[0]', 'above 0', 'clamp: true']],
  ['a negative r2', () => kerplePower({ heads: 2, r1: [1, 1], r2: [1, -1] }), ParameterError, ['kerplePower.r2[1]', '-1']],
  ['an exponent above 2', () => kerplePower({ heads: 1, r1: [1], r2: [2.5] }), ParameterError, ['2.5', 'at most 2']],
  ['too few parameters', () => kerpleLog({ heads: 2, r1: [1], r2: [1, 1] }), ShapeError, ['kerpleLog.r1', '1 numbers']],
  ['no parameters', () => kerpleLog({ heads: 2 } as never), ParameterError, ['kerpleLog.r1', 'undefined']],
  [
    'NaN under the clamp',
    () => kerpleLog({ heads: 1, r1: [Number.NaN], r2: [1], clamp: true }),
    ParameterError,
    ['NaN', 'finite'],
  ],
  [
    'the signed future',
    () => kerpleLog({ heads: 1, r1: [1], r2: [1], future: 'signed' as never }),
    ParameterError,
    ['"signed"', '"unsigned" or "zero"'],
  ],
  ['upstream names', () => kerpleLog({ heads: 1, p: [1], a: [1] } as never), ParameterError, ['kerpleLog.p', 'r1, r2']],
] as const)('refuses %s', (_name, call, error, parts) => {
  expect(call).toThrow(error);
  for (const part of parts) expect(call).toThrow(part);
});
