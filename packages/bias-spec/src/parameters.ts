// Making the parameters of a bias, and the gradient arrays beside them.
import type { Parameter, ParameterGradients, Parameters } from './bias.ts';

/** One float64 array per parameter, in the parameter's layout. */
export type GradientsOf<P extends Parameters> = { readonly [K in keyof P]: Float64Array };

export function learned(data: Float64Array, ...shape: number[]): Parameter {
  return { data, shape, learned: true };
}

export function fixed(data: Float64Array, ...shape: number[]): Parameter {
  return { data, shape, learned: false };
}

export function zeroGradients<P extends Parameters>(parameters: P): GradientsOf<P> {
  const zeros = Object.entries(parameters).map(([name, { data }]) => [name, new Float64Array(data.length)] as const);
  return Object.fromEntries(zeros) as GradientsOf<P>;
}

export function learnedOnly<P extends Parameters>(parameters: P, gradients: GradientsOf<P>): ParameterGradients {
  return Object.fromEntries(Object.entries<Float64Array>(gradients).filter(([name]) => parameters[name].learned));
}
