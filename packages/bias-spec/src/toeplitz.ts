// The scaffold that all families depending on distance alone stand on: it turns `value` and `addGradient` into a Bias.
import type { Bias, Diagnostic, LoweredGradient, Parameters, ToeplitzForm } from './bias.ts';
import type { Convention } from './convention.ts';
import { ParameterError } from './errors.ts';
import type { GradientsOf } from './parameters.ts';
import { learnedOnly, zeroGradients } from './parameters.ts';
import type { Positions } from './positions.ts';

/** What a family of the Toeplitz form has to say for itself. */
export interface ToeplitzDefinition<P extends Parameters> {
  readonly family: string;
  readonly heads: number;
  readonly convention: Convention;
  readonly parameters: P;
  readonly diagnostics?: readonly Diagnostic[];
  /** bias in float64; -Infinity hides the pair. */
  value(head: number, distance: number): number;
  /** The values of all heads at one distance, for families whose heads share most of the work; default: `value` for each head. */
  valuesAt?(distance: number): ArrayLike<number>;
  /** Adds weight * d value(head, distance) / d parameter to each parameter's gradient (those of fixed ones are dropped later). */
  addGradient(gradients: GradientsOf<P>, weight: number, head: number, distance: number): void;
  readonly defaultPositions?: Bias['defaultPositions'];
}

/** Makes the bias value of a family whose bias is a function of (head, distance). */
export function toeplitzBias<P extends Parameters>(definition: ToeplitzDefinition<P>): Bias {
  const { family, heads, convention, parameters, value, addGradient } = definition;
  const valuesAt = (distance: number): number[] => Array.from({ length: heads }, (_, head) => value(head, distance));
  const bias: Bias = {
    family,
    heads,
    convention,
    parameters,
    diagnostics: definition.diagnostics ?? [],
    value,
    lower: (positions) => tabulate(heads, positions, definition.valuesAt ?? valuesAt),
    adjoint({ minDistance, maxDistance }, gradient) {
      const { values } = requireForm(family, gradient, 'toeplitz');
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

/** The Toeplitz form over all distances between these positions. */
function tabulate(
  heads: number,
  { minDistance, maxDistance }: Positions,
  valuesAt: (distance: number) => ArrayLike<number>,
): ToeplitzForm<Float64Array> {
  const span = maxDistance - minDistance + 1;
  const values = new Float64Array(heads * span);
  for (let index = 0; index < span; index++) {
    const all = valuesAt(minDistance + index);
    for (let head = 0; head < heads; head++) values[head * span + index] = all[head];
  }
  return { form: 'toeplitz', heads, minDistance, maxDistance, values };
}

/** The gradient, if it belongs to the form that `lower` gave. */
export function requireForm<F extends LoweredGradient['form']>(
  family: string,
  gradient: LoweredGradient,
  form: F,
): Extract<LoweredGradient, { form: F }> {
  if (gradient.form === form) return gradient as Extract<LoweredGradient, { form: F }>;
  throw new ParameterError({
    what: `${family}.adjoint`,
    got: `a gradient of the form ${gradient.form}`,
    wanted: `${form}, the form that lower() gave`,
  });
}
