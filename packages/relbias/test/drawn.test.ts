// What is drawn without end by the fuzz command, for some hundred seeds here.
import { test } from 'vitest';
import { draw } from './drawn/files.ts';

test.each([0, 100, 200, 300])('hostile files, seeds %i to 99 more: read right or refused', async (first) => {
  for (let seed = first; seed < first + 100; seed++) await draw(seed);
});
