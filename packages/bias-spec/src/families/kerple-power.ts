// KERPLE, power: a penalty that grows with a learned power of the distance. The exponent 1 is ALiBi with learned slopes.
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
 * bias = -r1[head] * distance^r2[head], r2 at most 2 (beyond it the kernel is no longer conditionally positive definite).
 *
 * @throws ParameterError on parameters outside their range (unless `clamp`), ShapeError on a wrong number of them.
 * @see Chi et al. 2022, KERPLE, arXiv:2205.09921, section 4.
 * @example
 * kerplePower({ heads: 1, r1: [0.5], r2: [2] }).value(0, 3, 3); // -4.5
 */
export function kerplePower(options: KerpleOptions): Bias {
  requireKnownKeys('kerplePower', options, ['heads', 'r1', 'r2', 'clamp', 'future']);
  const heads = requireInteger('kerplePower.heads', options.heads, 1, MAX_HEADS);
  const clamp = requireBoolean('kerplePower.clamp', options.clamp ?? false);
  const future = requireOneOf('kerplePower.future', options.future ?? 'unsigned', KERPLE_FUTURES);
  const r1 = kerpleParameter('kerplePower.r1', options.r1, heads, clamp, Infinity);
  const r2 = kerpleParameter('kerplePower.r2', options.r2, heads, clamp, 2);
  return toeplitzBias({
    family: 'kerple-power',
    heads,
    convention: 'after-scaling',
    parameters: { r1: learned(r1, heads), r2: learned(r2, heads) },
    value: (head, distance) => -r1[head] * seenDistance(future, distance) ** r2[head],
    addGradient(gradients, weight, head, distance) {
      const seen = seenDistance(future, distance);
      // At distance 0 the power is 0 for every exponent: both gradients are 0, not 0 * ln 0.
      if (seen === 0) return;
      const power = seen ** r2[head];
      gradients.r1[head] -= weight * power;
      gradients.r2[head] -= weight * r1[head] * power * Math.log(seen);
    },
  });
}

const create = unchecked(kerplePower);

/** The definition of KERPLE's power kernel. */
export const kerplePowerFamily: FamilyDefinition = {
  name: 'kerple-power',
  title: 'KERPLE (power)',
  kind: 'learned',
  idea: 'A conditionally positive definite kernel of the distance has two learned positive numbers per head. An exponent below 1 flattens with distance, 1 is ALiBi with a learned slope, and 2 falls off like a Gaussian. Each head learns its own exponent.',
  formula: String.raw`\mathrm{bias}_h(i, j) = -r_{1,h}\,|i - j|^{r_{2,h}}, \qquad r_{1,h} > 0,\ 0 < r_{2,h} \le 2`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['r_{1,h}', 'r1 of head h: strength of the penalty, learned'],
    ['r_{2,h}', 'r2 of head h: exponent of the distance, learned'],
  ],
  citation:
    'Chi, Fan, Ramadge and Rudnicky 2022, KERPLE: Kernelized Relative Positional Embedding for Length Extrapolation, arXiv:2205.09921',
  convention: 'after-scaling',
  options: kerpleOptions(
    { meaning: 'strength of the penalty, above 0', initialisation: 'uniform in [0, 1), at least 0.01' },
    { meaning: 'exponent, above 0 and at most 2', initialisation: 'uniform in [0, 2), at least 0.01' },
  ),
  example: { r1: 0.1, r2: 1.5 },
  traps: [
    'The published code calls r1 a and r2 p here, and the other way round in the logarithmic kernel.',
    'The derivative with respect to the exponent is 0 at distance 0; computed as 0 * ln 0 it is NaN and spreads to every weight.',
    'The published code clamps the stored parameters (at least 0.01, exponents at most 2) in each forward pass, outside the graph: the gradient ignores the clamp.',
  ],
  users: KERPLE_USERS,
  create,
  initialise: initialiser(
    'kerplePower',
    (heads, random, { r1 = drawnKerple(heads, 1, random), r2 = drawnKerple(heads, 2, random), ...settings }) => {
      return create({ ...settings, heads, r1, r2 });
    },
  ),
  cases: [
    { name: 'published', create: (heads, random) => kerplePowerFamily.initialise(heads, random) },
    {
      name: 'zero',
      create: (heads, random) =>
        kerplePower({
          heads,
          r1: draw(heads, () => uniform(random, 0.01, 0.5)),
          r2: draw(heads, () => uniform(random, 0.2, 1)),
          future: 'zero',
        }),
    },
    {
      name: 'clamped',
      create: (heads, random) =>
        kerplePower({
          heads,
          r1: draw(heads, () => uniform(random, -0.1, 0.1)),
          r2: draw(heads, () => uniform(random, -1, 4)),
          clamp: true,
        }),
    },
  ],
};
