// The same bits for a whole problem and its parts, by every kernel, on any number of threads, with and without a cache.
import { expect, test } from 'vitest';
import { draw } from './drawn/neighbours.ts';

test('60 random problems', async () => {
  for (let seed = 0; seed < 60; seed++) await expect(draw(seed)).resolves.toBeUndefined();
});
