// The test cases of FIRE, and their weights.
import type { FamilyCase } from '../family.ts';
import type { Random } from '../random.ts';
import { draw, linearLayer, uniform } from '../random.ts';
import type { FireOptions } from './fire.ts';
import { fire } from './fire.ts';

const WIDTH = 32;

/** The weights of a model before training: those of two torch.nn.Linear. */
export function initialFire(heads: number, random: Random): FireOptions {
  return {
    heads,
    w1: linearLayer(random, WIDTH, 1),
    b1: linearLayer(random, WIDTH, 1),
    w2: linearLayer(random, heads * WIDTH, WIDTH),
    b2: linearLayer(random, heads, WIDTH),
  };
}

/** Weights as after training: larger, with fewer units and with breaks among the distances of the tests. */
function trained(heads: number, random: Random, width: number): FireOptions {
  return {
    heads,
    w1: draw(width, () => uniform(random, -3, 3)),
    b1: draw(width, () => uniform(random, -1, 1)),
    w2: draw(heads * width, () => uniform(random, -2, 2)),
    b2: draw(heads, () => uniform(random, -1, 1)),
  };
}

/** Below and beyond the threshold, with every form of the future. */
export const FIRE_CASES: readonly FamilyCase[] = [
  { name: 'published', create: (heads, random) => fire(initialFire(heads, random)) },
  { name: 'signed', create: (heads, random) => fire({ ...trained(heads, random, 8), future: 'signed' }) },
  { name: 'zero', create: (heads, random) => fire({ ...trained(heads, random, 8), future: 'zero' }) },
  {
    name: 'past-threshold',
    distances: [4, 5],
    create: (heads, random) => fire({ ...initialFire(heads, random), threshold: 4.5 }),
  },
  {
    name: 'past-threshold-signed',
    distances: [15, 16, 17],
    create: (heads, random) => fire({ ...trained(heads, random, 8), threshold: 16, c: -0.3, future: 'signed' }),
  },
  {
    name: 'past-threshold-zero',
    distances: [-1, 0, 1],
    create: (heads, random) =>
      fire({ ...trained(heads, random, 8), threshold: 2, thresholdMultiplier: -2.25, c: 1.5, future: 'zero' }),
  },
];
