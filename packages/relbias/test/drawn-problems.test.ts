// Random problems: every backend is within the bound on some hundred of them, and a wrong backend is detected.
import { naiveBackend, seeded } from '@relbias/conformance';
import { saboteurs } from '@relbias/conformance/saboteurs';
import { expect, test } from 'vitest';
import { drawProblem } from './draw-problem.ts';
import { judge, judgeDrawn } from './drawn/problems.ts';

const SEEDS = Array.from({ length: 300 }, (_, index) => index);

test('every backend is within the bound, on nearly all of them', async () => {
  let refused = 0;
  const judged: Record<string, number> = {};
  for (const seed of SEEDS) {
    const shares = await judge(seed);
    if (shares === null) refused++;
    for (const which of Object.keys(shares ?? {})) judged[which] = (judged[which] ?? 0) + 1;
  }
  expect(refused).toBeLessThan(SEEDS.length / 20);
  // A drawer that is refused, or has lost its backends, shows nothing.
  expect(Object.keys(judged)).toEqual(expect.arrayContaining(['cpu naive', 'cpu online', 'cpu wasm simd', 'gpu.js webasm']));
  expect(Math.min(...Object.values(judged))).toBeGreaterThan(SEEDS.length / 16);
}, 120_000);

test.each(['weights-in-bfloat16', 'ten-bit-products', 'table-in-bfloat16', 'row-scale-of-row-0', 'bias-outside-the-scale'])(
  'the saboteur %s is past it on some of them',
  async (which) => {
    const sabotaged = saboteurs.find(({ name }) => name === which)?.backend() ?? naiveBackend();
    const found: string[] = [];
    for (const seed of SEEDS.slice(0, 100)) {
      const drawn = drawProblem(seeded(`${seed} of the problems`));
      await judgeDrawn(drawn, new Map([[which, sabotaged]])).catch((error: Error) => found.push(error.message));
    }
    expect(found.length).toBeGreaterThan(0);
    for (const message of found) expect(message).toMatch(/^[\w-]+: (output|logSumExp)\[.*budget.* The problem: \{"batch"/s);
  },
  60_000,
);
