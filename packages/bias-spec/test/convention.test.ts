// The four scale conventions: their factors, and conversions that do not change the logits.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONVENTIONS, ParameterError, biasFactor, scalesOf } from '../src/index.ts';
import type { Convention } from '../src/index.ts';
import { REORDERED, isNear } from './tolerances.ts';

it('names the (scale, biasScale) pairs in use', () => {
  expect(CONVENTIONS.map((name) => [name, scalesOf(name, 64)])).toEqual([
    ['before-scaling', { scale: 0.125, biasScale: 0.125 }],
    ['unscaled', { scale: 1, biasScale: 1 }],
    ['after-scaling', { scale: 0.125, biasScale: 1 }],
    ['scaled-bias', { scale: 0.125, biasScale: 8 }],
  ]);
});

describe('biasFactor', () => {
  it('converts the slope 0.5 of the book to 0.0625 after scaling, at a head dimension of 64', () => {
    expect(0.5 * biasFactor('before-scaling', 'after-scaling', 64)).toBe(0.0625);
  });

  const conventions = fc.constantFrom<Convention>(...CONVENTIONS);
  const headDims = fc.integer({ min: 1, max: 1024 });

  it('keeps the ratio of bias and content score', () => {
    fc.assert(
      fc.property(conventions, conventions, headDims, (from, to, headDim) => {
        const [source, target] = [scalesOf(from, headDim), scalesOf(to, headDim)];
        const want = source.biasScale / source.scale;
        expect(isNear((biasFactor(from, to, headDim) * target.biasScale) / target.scale, want, REORDERED)).toBe(true);
      }),
    );
  });

  const pairs = CONVENTIONS.flatMap((from) => CONVENTIONS.map((to) => ({ from, to })));

  it.each(pairs)('is exact from $from to $to where the square root is: there and back is the same bias', ({ from, to }) => {
    const products = [1, 4, 16, 64, 256].map((headDim) => biasFactor(from, to, headDim) * biasFactor(to, from, headDim));
    expect(products).toEqual([1, 1, 1, 1, 1]);
  });

  it.each(pairs.filter(({ from, to }) => (from === 'unscaled') === (to === 'unscaled')))(
    'leaves the logits alone from $from to $to, whose scales are the same',
    ({ from, to }) => {
      expect(biasFactor(from, to, 64) * scalesOf(to, 64).biasScale).toBe(scalesOf(from, 64).biasScale);
    },
  );
});

it.each([
  ['an unknown name', () => scalesOf('post' as never, 64), ['convention', '"post"', '"after-scaling"']],
  ['a head dimension of 0', () => scalesOf('unscaled', 0), ['headDim', '0', 'above 0']],
  ['an unknown target', () => biasFactor('unscaled', 'x' as never, 64), ['"x"']],
] as const)('refuses %s', (_name, call, parts) => {
  expect(call).toThrow(ParameterError);
  for (const part of parts) expect(call).toThrow(part);
});
