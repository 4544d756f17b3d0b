// Random biases: every family in each of its cases, and functions of the distance that do or do not allow skipping far keys. Not a test.
import type { Bias, Random } from '@relbias/bias-spec';
import { builtinFamilies, toeplitzBias } from '@relbias/bias-spec';
import { integer, pick } from '../draw.ts';

export interface DrawnBias {
  /** For messages. */
  readonly name: string;
  readonly heads: number;
  readonly bias: Bias;
  /** The query and key count that it needs, if it has positions of its own. */
  readonly tokens?: number;
}

type Shape = (slope: number, reach: number) => (distance: number) => number;

/** Shapes of a bias as a function of the distance. */
const SHAPES: Readonly<Record<string, Shape>> = {
  falling: (slope) => (distance) => -slope * Math.abs(distance),
  rising: (slope) => (distance) => slope * Math.abs(distance),
  'falling, with far peaks': (slope) => (distance) => (distance % 97 === 40 ? -slope : -slope * Math.abs(distance)),
  'falling to a floor': (slope, reach) => (distance) => Math.max(-slope * Math.abs(distance), (-slope * reach) / 2),
  'hidden in places': (slope) => (distance) => (distance % 150 > 40 ? -Infinity : -slope * Math.abs(distance)),
  'hidden nearby': (slope, reach) => (distance) => (Math.abs(distance) < reach / 3 ? -Infinity : -slope * Math.abs(distance)),
  steps: (slope) => (distance) => -slope * 100 * Math.floor(Math.abs(distance) / 100),
};

/** By how much a bias must differ before the WebAssembly kernel may leave out keys, in nats: about 25 ln 2. */
const ENOUGH = 17.4;

/** `reach` is a distance around which such a bias begins to allow skipping. */
export function drawBias(random: Random, reach: number): DrawnBias {
  if (random() < 0.5) return drawShape(random, reach);
  const family = pick(random, builtinFamilies);
  const one = pick(random, family.cases);
  const heads = one.heads === undefined ? integer(random, 1, 4) : pick(random, one.heads);
  return { name: `${family.name} ${one.name}`, heads, bias: one.create(heads, random), tokens: one.tokens };
}

function drawShape(random: Random, reach: number): DrawnBias {
  const heads = integer(random, 1, 4);
  const shape = random() < 0.4 ? 'falling' : pick(random, Object.keys(SHAPES));
  const steepest = (ENOUGH / reach) * pick(random, [0.3, 0.6, 0.8, 0.95, 0.99, 1.05, 1.5, 4, 20]);
  // A bias may allow skipping in some of its heads only.
  const flatter = pick(random, [1, 2, 8]);
  const ofHead = Array.from({ length: heads }, (_, h) => SHAPES[shape](steepest / flatter ** h, reach));
  const bias = toeplitzBias({
    family: 'drawn',
    heads,
    convention: 'after-scaling',
    parameters: {},
    value: (head, distance) => ofHead[head](distance),
    addGradient() {},
  });
  return { name: `${shape}, ${steepest} / ${flatter}^head`, heads, bias };
}
