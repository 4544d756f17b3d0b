// Sandwich: hand-computed sums, its symmetry, and what it refuses.
import { expect, it } from 'vitest';
import { ParameterError, sandwich } from '../src/index.ts';
import { REORDERED, isNear } from './tolerances.ts';

it('sums cosines of the distance over geometric frequencies', () => {
  // D = 4: frequencies 1 and 10000^(-1/2) = 0.01; one head: factor 1/8.
  const want = (Math.cos(3) + Math.cos(0.03)) / 8;
  expect(isNear(sandwich({ heads: 1, dimension: 4 }).value(0, 3, 3), want, REORDERED)).toBe(true);
});

it('is largest at distance 0, where it is H D / (16 (h + 1)), with D = 128 by default', () => {
  const bias = sandwich({ heads: 8 });
  expect(Array.from({ length: 8 }, (_, head) => bias.value(head, 0, 0))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => 64 / n));
  for (let distance = 1; distance < 4096; distance++) expect(bias.value(0, distance, 0)).toBeLessThan(64);
});

it('is the same in both directions', () => {
  const bias = sandwich({ heads: 2 });
  for (const distance of [1, 17, 1000]) expect(bias.value(1, -distance, 0)).toBe(bias.value(1, distance, 0));
});

it.each([
  ['an odd dimension', { heads: 1, dimension: 7 }, ['7', 'even']],
  ['a dimension past memory', { heads: 1, dimension: 1e12 }, ['sandwich.dimension', 'to 262144']],
  ['a dimension of 0', { heads: 1, dimension: 0 }, ['dimension', '0']],
  ['a misspelt option', { heads: 1, dBar: 8 }, ['sandwich.dBar', 'dimension']],
  ['no heads', {}, ['sandwich.heads', 'undefined']],
] as const)('refuses %s', (_name, options, parts) => {
  const call = (): unknown => sandwich(options as never);
  expect(call).toThrow(ParameterError);
  for (const part of parts) expect(call).toThrow(part);
});
