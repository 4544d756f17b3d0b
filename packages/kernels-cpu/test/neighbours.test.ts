// Whole or in parts, by whatever kernel, on however many threads, through a cache or not: the same bits.
import { expect, test } from 'vitest';
import { draw } from './drawn/neighbours.ts';

test('60 drawn problems', async () => {
  for (let seed = 0; seed < 60; seed++) await expect(draw(seed)).resolves.toBeUndefined();
});
