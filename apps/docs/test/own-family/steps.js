// A family in one file, as a user writes it. Nothing else in this repository names it.
import { learned, requireKnownKeys, toeplitzBias } from '@relbias/bias-spec';

/**
 * A step down every few keys: bias = -height[head] * floor(|distance| / width).
 *
 * @param {import('@relbias/bias-spec').UncheckedOptions} options
 */
function steps(options) {
  requireKnownKeys('steps', options, ['heads', 'height', 'width', 'onlyPast']);
  const { heads, width = 4, onlyPast = false } = options;
  const height = Float64Array.from(/** @type {number[]} */ (options['height']));
  if (height.length !== heads) throw new RangeError(`steps.height: got ${height.length} numbers, wanted ${String(heads)}`);
  /** @param {number} distance */
  const count = (distance) => (onlyPast && distance < 0 ? 0 : Math.floor(Math.abs(distance) / Number(width)));
  return toeplitzBias({
    family: 'steps',
    heads: height.length,
    convention: 'after-scaling',
    parameters: { height: learned(height, height.length) },
    value: (head, distance) => -height[head] * count(distance),
    addGradient: (gradients, weight, head, distance) => {
      gradients.height[head] -= weight * count(distance);
    },
  });
}

/** @type {import('@relbias/bias-spec').FamilyDefinition} */
export default {
  name: 'steps',
  title: 'Steps',
  kind: 'learned',
  idea: 'Only for this test.',
  formula: String.raw`\mathrm{bias}_h(i, j) = -a_h \lfloor |i - j| / w \rfloor`,
  citation: 'none',
  convention: 'after-scaling',
  options: [
    {
      name: 'height',
      kind: 'numbers',
      shape: '[heads]',
      meaning: 'how far down each step goes',
      required: true,
      parameter: 'learned',
      initialisation: 'uniform in [0, 1)',
    },
    { name: 'width', kind: 'integer', least: 1, meaning: 'how many keys a step holds', default: 4, commandLine: 'step-width' },
    { name: 'onlyPast', kind: 'boolean', meaning: 'keys in the future have no bias', default: false },
  ],
  example: { width: 2 },
  traps: ['A step holds width keys, not width + 1.'],
  users: [{ who: 'only this test', convention: 'unscaled' }],
  create: steps,
  initialise: (heads, random, settings = {}) => steps({ height: Array.from({ length: heads }, random), ...settings, heads }),
  cases: [
    {
      name: 'plain',
      distances: [3, 4, 7, 8],
      create: (heads, random) => steps({ heads, height: Array.from({ length: heads }, random) }),
    },
  ],
};
