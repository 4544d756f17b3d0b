// KERPLE, logarithmic: a penalty that grows with the logarithm of the distance. Strength and scale are learned per head.
import type { Bias } from '../bias.ts';
import { MAX_HEADS, requireBoolean, requireInteger, requireKnownKeys, requireOneOf } from '../check.ts';
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { seenDistance } from '../future.ts';
import { learned } from '../parameters.ts';
import { draw, uniform } from '../random.ts';
import { toeplitzBias } from '../toeplitz.ts';
import { KERPLE_USERS, kerpleOptions } from './kerple-options.ts';
import type { KerpleOptions } from './kerple-parameters.ts';
import { KERPLE_FUTURES, drawnKerple, kerpleParameter } from './kerple-parameters.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

/**
 * bias = -r1[head] * ln(1 + r2[head] * distance).
 *
 * @throws ParameterError on parameters that are not above 0 (unless `clamp`), ShapeError on a wrong number of them.
 * @see Chi et al. 2022, KERPLE, arXiv:2205.09921, section 4.
 * @example
 * kerpleLog({ heads: 1, r1: [2], r2: [1] }).value(0, 3, 3); // -2.7725887: -2 ln 4
 */
export function kerpleLog(options: KerpleOptions): Bias {
  requireKnownKeys('kerpleLog', options, ['heads', 'r1', 'r2', 'clamp', 'future']);
  const heads = requireInteger('kerpleLog.heads', options.heads, 1, MAX_HEADS);
  const clamp = requireBoolean('kerpleLog.clamp', options.clamp ?? false);
  const future = requireOneOf('kerpleLog.future', options.future ?? 'unsigned', KERPLE_FUTURES);
  const r1 = kerpleParameter('kerpleLog.r1', options.r1, heads, clamp, Infinity);
  const r2 = kerpleParameter('kerpleLog.r2', options.r2, heads, clamp, Infinity);
  return toeplitzBias({
    family: 'kerple-log',
    heads,
    convention: 'after-scaling',
    parameters: { r1: learned(r1, heads), r2: learned(r2, heads) },
    value: (head, distance) => -r1[head] * Math.log1p(r2[head] * seenDistance(future, distance)),
    addGradient(gradients, weight, head, distance) {
      const seen = seenDistance(future, distance);
      const product = r2[head] * seen;
      gradients.r1[head] -= weight * Math.log1p(product);
      gradients.r2[head] -= (weight * r1[head] * seen) / (1 + product);
    },
  });
}

const create = unchecked(kerpleLog);

/** The definition of KERPLE's logarithmic kernel. */
export const kerpleLogFamily: FamilyDefinition = {
  name: 'kerple-log',
  title: 'KERPLE (logarithmic)',
  kind: 'learned',
  idea: 'A conditionally positive definite kernel of the distance has two learned positive numbers per head. Its logarithm gives far keys nearly equal penalties, so a model trained on short sequences still attends to far keys in long ones. Its authors recommend this variant.',
  formula: String.raw`\mathrm{bias}_h(i, j) = -r_{1,h} \ln\left(1 + r_{2,h}\,|i - j|\right), \qquad r_{1,h}, r_{2,h} > 0`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['r_{1,h}', 'r1 of head h: strength of the penalty, learned'],
    ['r_{2,h}', 'r2 of head h: factor of the distance, learned'],
  ],
  citation:
    'Chi, Fan, Ramadge and Rudnicky 2022, KERPLE: Kernelized Relative Positional Embedding for Length Extrapolation, arXiv:2205.09921',
  convention: 'after-scaling',
  options: kerpleOptions(
    { meaning: 'strength of the penalty, above 0', initialisation: 'uniform in [0, 2), at least 0.01' },
    { meaning: 'factor of the distance inside the logarithm, above 0', initialisation: 'uniform in [0, 1), at least 0.01' },
  ),
  example: { r1: 1, r2: 0.5 },
  traps: [
    'The published code calls r1 p and r2 a here, and the other way round in the power kernel.',
    'The published code clamps the stored parameters to at least 0.01 in each forward pass, outside the graph: the gradient ignores the clamp.',
    'The published code gives keys in the future the bias of distance 0 and relies on the mask; the kernel of the paper is symmetric.',
  ],
  users: KERPLE_USERS,
  create,
  initialise: initialiser(
    'kerpleLog',
    (heads, random, { r1 = drawnKerple(heads, 2, random), r2 = drawnKerple(heads, 1, random), ...settings }) => {
      return create({ ...settings, heads, r1, r2 });
    },
  ),
  cases: [
    { name: 'published', create: (heads, random) => kerpleLogFamily.initialise(heads, random) },
    {
      name: 'zero',
      create: (heads, random) =>
        kerpleLog({
          heads,
          r1: draw(heads, () => uniform(random, 1, 4)),
          r2: draw(heads, () => uniform(random, 0.1, 10)),
          future: 'zero',
        }),
    },
    {
      name: 'clamped',
      create: (heads, random) =>
        kerpleLog({
          heads,
          r1: draw(heads, () => uniform(random, -1, 1)),
          r2: draw(heads, () => uniform(random, -0.1, 0.1)),
          clamp: true,
        }),
    },
  ],
};
