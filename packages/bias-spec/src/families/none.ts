// No bias: plain scaled dot-product attention.
import type { Bias } from '../bias.ts';
import { MAX_HEADS, readOptions, requireInteger } from '../check.ts';
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { QUERY_AND_KEY } from './symbols.ts';

/** The options of `none`, as of every family. */
export interface NoneOptions {
  /** Checked but without effect: the bias fits any number of heads. */
  readonly heads?: number;
}

/**
 * Plain attention, for any number of heads.
 *
 * @throws ParameterError on an unknown option, or heads that are no count.
 * @example
 * const bias = none();
 */
export function none(options: NoneOptions = {}): Bias {
  const { heads } = readOptions('none', options, ['heads']);
  if (heads !== undefined) requireInteger('none.heads', heads, 1, MAX_HEADS);
  return {
    family: 'none',
    heads: 0,
    convention: 'after-scaling',
    parameters: {},
    diagnostics: [],
    value: () => 0,
    lower: () => [],
    adjoint: () => ({}),
  };
}

const create = unchecked(none);

/** The definition of plain attention. */
export const noneFamily: FamilyDefinition = {
  name: 'none',
  title: 'No bias',
  kind: 'none',
  idea: 'Scores depend on content alone. Without another source of positions, reordering the keys does not change the output. This is the baseline for every bias.',
  formula: String.raw`\mathrm{bias}(i, j) = 0`,
  symbols: QUERY_AND_KEY,
  citation: 'Vaswani et al. 2017, Attention Is All You Need, eq. 1, arXiv:1706.03762',
  convention: 'after-scaling',
  options: [],
  traps: [],
  users: [{ who: 'any transformer whose positions come from elsewhere', convention: 'after-scaling' }],
  create,
  initialise: initialiser('none', (heads, _random, settings) => create({ ...settings, heads })),
  cases: [{ name: 'plain', create: () => none() }],
};
