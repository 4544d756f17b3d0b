// Random problems by seed, with difficult numbers: subnormals, infinities, -0, 3e38, sums that cancel, logits that jump.
// `bits/fuzz/<seed>`: the same problem and the same bits on every machine.
import type { AttentionProblem, Bias, Dtype, Random, Tensor } from '@relbias/bias-spec';
import { alibi, fire, none, perOffset, planAttention, shapesOf, t5Family } from '@relbias/bias-spec';
import type { Case } from '../case.ts';
import { bellShaped, seeded } from '../seeded.ts';
import type { BitsScenario } from './judge.ts';
import { isRefused, judgeBits } from './judge.ts';
import { drawnRows } from './rows.ts';
import { drawnTensor } from './tensor.ts';

/** The case of a seed. */
export function fuzzCase(seed: number): Case {
  return {
    name: `bits/fuzz/${seed}`,
    family: 'bits',
    judge: async (backend, context) => judgeBits(backend, fuzzScenario(seed), context),
  };
}

/** One in this many seeds keeps a problem whose logits are out of range, which a backend must refuse. */
const KEPT_ANYWAY = 8;
const ATTEMPTS = 8;

/**
 * The problem of a seed. Difficult numbers often bring logits out of the range of the profile, where there is nothing to compare; then another
 * problem is drawn.
 */
function fuzzScenario(seed: number): BitsScenario {
  let scenario = drawn(`bits/fuzz/${seed}`);
  for (let attempt = 1; seed % KEPT_ANYWAY !== 0 && attempt < ATTEMPTS && isRefused(scenario); attempt++) {
    scenario = drawn(`bits/fuzz/${seed}/${attempt}`);
  }
  return scenario;
}

function drawn(name: string): BitsScenario {
  const random = seeded(name);
  const dtype = one<Dtype>(random, ['float32', 'bfloat16', 'float16']);
  const problem = drawProblem(random);
  const shapes = shapesOf(planAttention(problem));
  const [scores, values] = [one(random, DATA), one(random, DATA)];
  const draw = (shape: readonly number[], number: Draw): Tensor => drawnTensor(shape, dtype, (index) => number(random, index));
  return {
    problem,
    query: draw(shapes.query, scores),
    key: draw(shapes.key, one(random, [scores, DATA[0]])),
    value: draw(shapes.value, values),
  };
}

function drawProblem(random: Random): AttentionProblem {
  const heads = integer(random, 1, 3);
  const queries = one(random, [1, 2, 2, 5, 9]);
  const keys = one(random, [1, 2, 3, 63, 64, 65, integer(random, 1, 130), integer(random, 1, 330)]);
  const batch = integer(random, 1, 2);
  const reach = integer(random, 0, 100);
  const offset = perOffset({ heads, table: Array.from({ length: heads * 41 }, () => biasNumber(random)), maxDistance: 20 });
  const bias = one(random, [
    () => none(),
    () => alibi({ heads }),
    () => t5Family.initialise(heads, random),
    () => drawnFire(heads, random),
    () => drawnRows(heads, random),
    () => offset,
  ])();
  return {
    batch,
    heads,
    keyValueHeads: one(random, [heads, 1]),
    queries,
    keys,
    headDim: one(random, [1, 2, 7, 16, 33]),
    valueDim: one(random, [1, 3, 8]),
    bias,
    scale: one(random, [1, 0.125, 0.35355339059327373, 0.002, 1.3]),
    biasScale: one(random, [1, 1, 0.25, -3]),
    mask: {
      causal: random() < 0.4,
      window: random() < 0.2 ? { left: reach } : undefined,
      keyLengths: random() < 0.2 ? Array.from({ length: batch }, () => integer(random, 0, keys)) : undefined,
    },
    ...drawPlaces(random, batch, queries, keys),
    numerics: 'reproducible',
  };
}

/** FIRE with a threshold between the queries, in each of its forms, with few pieces or many. */
function drawnFire(heads: number, random: Random): Bias {
  const width = one(random, [1, 4, 24]);
  const weights = (count: number): number[] => Array.from({ length: count }, () => bellShaped(random));
  return fire({
    heads,
    w1: weights(width),
    b1: weights(width),
    w2: weights(heads * width),
    b2: weights(heads),
    c: one(random, [0.1, -0.3, 2]),
    threshold: one(random, [0.5, 3, 17, 60, 512]),
    thresholdMultiplier: one(random, [1, -1.5]),
    future: one(random, ['unsigned', 'signed', 'zero']),
  });
}

/** The position of query 0: given even where it is the default, because a problem with padding has none. */
function drawPlaces(
  random: Random,
  batch: number,
  queries: number,
  keys: number,
): Pick<AttentionProblem, 'queryStart' | 'positions'> {
  const kind = random();
  if (kind < 0.6) return { queryStart: keys - queries };
  if (kind < 0.75) return { queryStart: integer(random, -5, keys) };
  if (kind < 0.9) return { queryStart: Array.from({ length: batch }, () => integer(random, -5, keys + 100)) };
  const places = (count: number): number[] => Array.from({ length: batch * count }, () => integer(random, -9, keys + 100));
  return { positions: { query: places(queries), key: places(keys) } };
}

/** A number of the bias: sometimes one that hides the pair, overflows when scaled, or is too small to count. */
function biasNumber(random: Random): number {
  if (random() < 0.9) return bellShaped(random) * 4;
  return one(random, [-1e31, -3e30, 1e30, 3e38 * (random() - 0.5), 1e-31, -1e-38, 700 * bellShaped(random)]);
}

/** How one number is drawn. */
type Draw = (random: Random, index: number) => number;

const SPECIAL: readonly number[] = [
  Infinity,
  -Infinity,
  0,
  -0,
  3e38,
  -3e38,
  1e-40,
  -1e-45,
  2 ** -56,
  2 ** -40,
  2 ** 40,
  65504,
  2 ** -24,
];

const DATA: readonly Draw[] = [
  (random) => bellShaped(random),
  // A tenth of the numbers are special.
  (random) => (random() < 0.1 ? one(random, SPECIAL) : bellShaped(random)),
  // Around the limits of the canonical range.
  (random) => bellShaped(random) * one(random, [1e-12, 1e-17, 1e11, 3e-24]),
  // Each number is followed by its negative, or nearly.
  (random, index) => (index % 2 === 0 ? 1 : -1) * (1 + (index >> 3) * 0.125 + (random() < 0.1 ? 2 ** -20 : 0)) * 300,
  // A few numbers are large, to change row maxima from tile to tile.
  (random) => bellShaped(random) * (random() < 0.05 ? 40 : 0.3),
  (random) => Math.round(bellShaped(random)) * 8,
  // Scores of 0 leave the bias alone.
  () => 0,
];

function one<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)];
}

function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}
