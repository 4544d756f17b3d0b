// The random files of the fuzz command, for some hundred seeds.
import { expect, test } from 'vitest';
import { draw, name } from './drawn/files.ts';

test.each([0, 100, 200, 300])(`hostile ${name}, 100 seeds from %i: read correctly or refused`, async (first) => {
  for (let seed = first; seed < first + 100; seed++) await expect(draw(seed)).resolves.toBeUndefined();
});
