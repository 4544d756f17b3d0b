// What the docs print and the suite runs of FIRE; the arithmetic is in fire.ts and fire-term.ts.
import type { FamilyDefinition } from '../bias.ts';
import type { Random } from '../random.ts';
import { draw, linearLayer, uniform } from '../random.ts';
import type { FireOptions } from './fire.ts';
import { fire } from './fire.ts';

const WIDTH = 32;

function published(heads: number, random: Random): FireOptions {
  return {
    heads,
    w1: linearLayer(random, WIDTH, 1),
    b1: linearLayer(random, WIDTH, 1),
    w2: linearLayer(random, heads * WIDTH, WIDTH),
    b2: linearLayer(random, heads, WIDTH),
  };
}

/** Weights as training might leave them: larger, fewer units, breaks within reach. */
function trained(heads: number, random: Random, width: number): FireOptions {
  return {
    heads,
    w1: draw(width, () => uniform(random, -3, 3)),
    b1: draw(width, () => uniform(random, -1, 1)),
    w2: draw(heads * width, () => uniform(random, -2, 2)),
    b2: draw(heads, () => uniform(random, -1, 1)),
  };
}

/** FIRE as the suite and the documentation know it. */
export const fireFamily: FamilyDefinition = {
  name: 'fire',
  title: 'FIRE',
  kind: 'learned',
  idea: "A small network maps the distance to one bias per head, so the shape of the penalty is learned and not chosen. The distance enters through a logarithm and relative to the query's own position, so every position beyond the training length still falls into the range seen in training. Up to a learned threshold the scale is fixed, which keeps short contexts apart.",
  formula: String.raw`\mathrm{bias}_h(i, j) = f_h\!\left(\frac{\ln(|c\,(i - j)| + 1)}{\ln(|c \max(i, L)| + 1) + \epsilon}\right), \qquad f(x) = W_2 \max(0, W_1 x + b_1) + b_2`,
  citation:
    'Li et al. 2024, Functional Interpolation for Relative Positions Improves Long Context Transformers, arXiv:2310.04418',
  convention: 'after-scaling',
  parameters: [
    {
      name: 'w1',
      shape: '[width]',
      meaning: 'weights of the layer 1 -> width',
      learned: true,
      initialisation: 'uniform in [-1, 1) (torch.nn.Linear); width 32',
    },
    { name: 'b1', shape: '[width]', meaning: 'biases of that layer', learned: true, initialisation: 'uniform in [-1, 1)' },
    {
      name: 'w2',
      shape: '[heads, width]',
      meaning: 'weights of the layer width -> heads',
      learned: true,
      initialisation: 'uniform within 1/sqrt(width)',
    },
    {
      name: 'b2',
      shape: '[heads]',
      meaning: 'biases of that layer',
      learned: true,
      initialisation: 'uniform within 1/sqrt(width)',
    },
    { name: 'c', shape: '[1]', meaning: 'how soon the logarithm bends', learned: true, initialisation: '0.1' },
    { name: 'thresholdMultiplier', shape: '[1]', meaning: 'factor of the threshold', learned: true, initialisation: '1' },
    {
      name: 'threshold',
      shape: '[1]',
      meaning: 'L: up to this position all rows share one scale',
      learned: false,
      initialisation: '512',
    },
  ],
  traps: [
    "Past the threshold the bias depends on the query's position too: one table per distance is wrong there.",
    "Above the diagonal three forms are published: the logarithm with the distance's sign (flashT5), of |distance| (arithmetic), or none.",
    'The position that is normalised by is that of the query counted from 0, not the number of visible keys.',
    'The network has biases: at distance 0 the bias is not 0.',
  ],
  initialise: (heads, random) => fire(published(heads, random)),
  cases: [
    { name: 'published', create: (heads, random) => fire(published(heads, random)) },
    { name: 'signed', create: (heads, random) => fire({ ...trained(heads, random, 8), future: 'signed' }) },
    { name: 'zero', create: (heads, random) => fire({ ...trained(heads, random, 8), future: 'zero' }) },
    {
      name: 'past-threshold',
      distances: [4, 5],
      create: (heads, random) => fire({ ...published(heads, random), threshold: 4.5 }),
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
  ],
};
