// Sandwich: the inner product of sinusoidal position embeddings. Not trained.
import type { Bias } from '../bias.ts';
import { MAX_HEADS, requireInteger, requireKnownKeys } from '../check.ts';
import { ParameterError } from '../errors.ts';
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { toeplitzBias } from '../toeplitz.ts';
import { github } from './links.ts';
import { QUERY_AND_KEY } from './symbols.ts';

/** The dimension of the embeddings whose inner product is the bias. */
export interface SandwichOptions {
  readonly heads: number;
  /** D, the (even) dimension of the embeddings whose inner product is taken; default 128. */
  readonly dimension?: number;
}

/** Beyond the embeddings of any model; without a limit a typo could allocate gigabytes of frequencies. */
const MAX_DIMENSION = 2 ** 18;

/**
 * bias = heads / (8 (head + 1)) * sum over k < dimension / 2 of cos(|distance| * 10000^(-2k / dimension)).
 *
 * @throws ParameterError on an odd or non-positive dimension.
 * @see Chi et al. 2023, Dissecting Transformer Length Extrapolation via the Lens of Receptive Field Analysis, arXiv:2212.10356.
 * @example
 * sandwich({ heads: 8 }).value(0, 0, 0); // 64
 */
export function sandwich(options: SandwichOptions): Bias {
  requireKnownKeys('sandwich', options, ['heads', 'dimension']);
  const heads = requireInteger('sandwich.heads', options.heads, 1, MAX_HEADS);
  const dimension = requireInteger('sandwich.dimension', options.dimension ?? 128, 2, MAX_DIMENSION);
  if (dimension % 2 !== 0) {
    throw new ParameterError({ what: 'sandwich.dimension', got: String(dimension), wanted: 'an even number' });
  }
  const frequencies = Float64Array.from({ length: dimension / 2 }, (_, k) => 10000 ** ((-2 * k) / dimension));
  const similarity = (distance: number): number => frequencies.reduce((sum, one) => sum + Math.cos(distance * one), 0);
  const factors = Float64Array.from({ length: heads }, (_, head) => heads / (8 * (head + 1)));
  return toeplitzBias({
    family: 'sandwich',
    heads,
    convention: 'after-scaling',
    parameters: {},
    value: (head, distance) => factors[head] * similarity(distance),
    valuesAt(distance) {
      const shared = similarity(distance);
      return factors.map((factor) => factor * shared);
    },
    addGradient: () => {},
  });
}

const create = unchecked(sandwich);

/** The definition of Sandwich. */
export const sandwichFamily: FamilyDefinition = {
  name: 'sandwich',
  title: 'Sandwich',
  kind: 'heuristic',
  idea: 'The inner product of the sinusoidal embeddings of two positions falls with their distance, in small waves. Sandwich uses that inner product as the bias: near keys win as with ALiBi, but the penalty grows like a logarithm. Its strength differs between heads, and nothing is trained.',
  formula: String.raw`\mathrm{bias}_h(i, j) = \frac{H}{8h} \sum_{k=0}^{D/2-1} \cos\!\left(\frac{i - j}{10000^{2k/D}}\right)`,
  symbols: [
    ['h', 'head, from 1 to H'],
    ['H', 'number of heads'],
    ...QUERY_AND_KEY,
    ['k', 'index of a frequency'],
    ['D', 'dimension of the embeddings'],
  ],
  citation:
    'Chi, Fan, Rudnicky and Ramadge 2023, Dissecting Transformer Length Extrapolation via the Lens of Receptive Field Analysis, arXiv:2212.10356',
  convention: 'after-scaling',
  options: [
    {
      name: 'dimension',
      kind: 'integer',
      least: 2,
      most: MAX_DIMENSION,
      meaning: 'dimension of the embeddings, even',
      default: 128,
    },
  ],
  example: { dimension: 64 },
  traps: [
    'Heads count from 1 in the formula: the first head has the factor H/8, not H/0.',
    'In float32 the argument of the cosine has an error that grows with distance: compute in float64 and round once.',
    'The bias has its maximum at distance 0, not 0: shift it before comparing log-sum-exps with another family.',
  ],
  users: [
    {
      who: 'attention-gym',
      convention: 'after-scaling',
      note: 'a score_mod, which is added to scaled scores',
      link: github('meta-pytorch/attention-gym', '7fdb85d0b96668397adee48de54b6f1036497717', 'attn_gym/mods/sandwich.py'),
    },
  ],
  create,
  initialise: initialiser('sandwich', (heads, _random, settings) => create({ ...settings, heads })),
  cases: [
    { name: 'published', create: (heads) => sandwich({ heads }) },
    { name: 'narrow', create: (heads) => sandwich({ heads, dimension: 8 }) },
  ],
};
