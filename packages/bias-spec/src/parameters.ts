// Making the parameters of a bias, and the gradient arrays beside them.
import type { Parameter, ParameterGradients, Parameters } from './bias.ts';

/** One float64 array per parameter, in the parameter's layout. */
export type GradientsOf<P extends Parameters> = { readonly [K in keyof P]: Float64Array };

/**
 * A parameter that receives gradients: `data` row-major in `shape`, which it must fill. Not copied.
 *
 * @example
 * learned(Float64Array.of(0.5, 0.25), 2).shape; // [2]
 */
export function learned(data: Float64Array, ...shape: number[]): Parameter {
  return { data, shape, learned: true };
}

/**
 * A parameter that is shown with the others and receives none.
 *
 * @example
 * fixed(Float64Array.of(512), 1).learned; // false
 */
export function fixed(data: Float64Array, ...shape: number[]): Parameter {
  return { data, shape, learned: false };
}

/** Zeros to add gradients to, for every parameter, learned or not: a family's arithmetic need not ask. */
export function zeroGradients<P extends Parameters>(parameters: P): GradientsOf<P> {
  const zeros = Object.entries(parameters).map(([name, { data }]) => [name, new Float64Array(data.length)] as const);
  return Object.fromEntries(zeros) as GradientsOf<P>;
}

/** What of these gradients leaves an adjoint: those of the learned parameters. */
export function learnedOnly<P extends Parameters>(parameters: P, gradients: GradientsOf<P>): ParameterGradients {
  return Object.fromEntries(Object.entries<Float64Array>(gradients).filter(([name]) => parameters[name].learned));
}
