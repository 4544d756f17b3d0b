// Makes the bias of a family that depends on distance alone from its `value` and `addGradient`.
import type { Bias, Diagnostic, Parameters } from './bias.ts';
import { MAX_HEADS, readOptions, requireFunctions, requireInteger, requireName } from './check.ts';
import type { Convention } from './convention.ts';
import type { GradientsOf } from './parameters.ts';
import { learnedOnly, zeroGradients } from './parameters.ts';
import { onlyGradient } from './terms/gradient.ts';

/** The definition of a bias that depends on the distance alone. */
export interface ToeplitzDefinition<P extends Parameters> {
  readonly family: string;
  readonly heads: number;
  readonly convention: Convention;
  readonly parameters: P;
  readonly diagnostics?: readonly Diagnostic[];
  /** bias in float64; -Infinity hides the pair. */
  value(head: number, distance: number): number;
  /** The values of all heads at one distance, for families whose heads share most of the work. Default: `value` for each head. */
  valuesAt?(distance: number): ArrayLike<number>;
  /** Adds weight * d value(head, distance) / d parameter to each parameter's gradient. Gradients of fixed parameters are dropped later. */
  addGradient(gradients: GradientsOf<P>, weight: number, head: number, distance: number): void;
  readonly defaultPositions?: Bias['defaultPositions'];
}

/** Makes a bias that is a function of (head, distance): a Toeplitz matrix per head, lowered to one table by distance. @throws ParameterError. */
export function toeplitzBias<P extends Parameters>(definition: ToeplitzDefinition<P>): Bias {
  const { family, heads, convention, parameters, value, valuesAt, addGradient } = readOptions('toeplitzBias', definition, null);
  requireName('toeplitzBias.family', family);
  requireInteger(`${family}.heads`, heads, 1, MAX_HEADS);
  requireFunctions(family, { value, addGradient });
  const bias: Bias = {
    family,
    heads,
    convention,
    parameters,
    diagnostics: definition.diagnostics ?? [],
    value,
    lower({ minDistance, maxDistance }) {
      const span = maxDistance - minDistance + 1;
      const values = new Float64Array(heads * span);
      for (let index = 0; index < span; index++) {
        const distance = minDistance + index;
        const all = valuesAt?.(distance);
        for (let head = 0; head < heads; head++)
          values[head * span + index] = all === undefined ? value(head, distance) : all[head];
      }
      return [{ kind: 'per-distance', heads, minDistance, maxDistance, values }];
    },
    adjoint({ minDistance, maxDistance }, given) {
      const { values } = onlyGradient(family, given, 'per-distance');
      const gradients = zeroGradients(parameters);
      const span = maxDistance - minDistance + 1;
      for (let head = 0; head < heads; head++) {
        for (let index = 0; index < span; index++) {
          const weight = values[head * span + index];
          if (weight !== 0) addGradient(gradients, weight, head, minDistance + index);
        }
      }
      return learnedOnly(parameters, gradients);
    },
  };
  const { defaultPositions } = definition;
  return defaultPositions === undefined ? bias : { ...bias, defaultPositions };
}
