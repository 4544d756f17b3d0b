// Makes the parameters of a bias, and the arrays of their gradients.
import type { Parameter, ParameterGradients, Parameters } from './bias.ts';
import { ParameterError, ShapeError } from './errors.ts';
import { requireExtents } from './read-tensor.ts';
import { show } from './show.ts';
import { elementCount } from './tensor.ts';

/** One float64 array per parameter, in the parameter's layout. */
export type GradientsOf<P extends Parameters> = { readonly [K in keyof P]: Float64Array };

/**
 * A parameter that receives gradients. `data` is row-major in `shape` and is not copied.
 *
 * @throws ParameterError if `data` is no Float64Array of finite numbers, ShapeError if it does not fill the shape.
 * @example
 * learned(Float64Array.of(0.5, 0.25), 2).shape; // [2]
 */
export function learned(data: Float64Array, ...shape: number[]): Parameter {
  return parameter('learned', data, shape, true);
}

/**
 * A parameter that receives no gradients, but is listed with the others.
 *
 * @throws as `learned`.
 * @example
 * fixed(Float64Array.of(512), 1).learned; // false
 */
export function fixed(data: Float64Array, ...shape: number[]): Parameter {
  return parameter('fixed', data, shape, false);
}

function parameter(what: string, data: Float64Array, shape: readonly number[], isLearned: boolean): Parameter {
  // By its tag: a family may come from another realm.
  if (!ArrayBuffer.isView(data) || Object.prototype.toString.call(data) !== '[object Float64Array]') {
    throw new ParameterError({ what, got: show(data), wanted: 'a Float64Array', hint: 'Float64Array.from(numbers) makes one.' });
  }
  requireExtents(`${what}: shape`, shape);
  if (data.length !== elementCount(shape)) {
    throw new ShapeError({
      what,
      got: `${data.length} numbers`,
      wanted: `${elementCount(shape)} for the shape [${shape.join(', ')}]`,
    });
  }
  const wrong = data.findIndex((one) => !Number.isFinite(one));
  if (wrong === -1) return { data, shape, learned: isLearned };
  throw new ParameterError({ what: `${what}: data[${wrong}]`, got: String(data[wrong]), wanted: 'a finite number' });
}

/** Zero gradients for every parameter, learned or fixed. */
export function zeroGradients<P extends Parameters>(parameters: P): GradientsOf<P> {
  const zeros = Object.entries(parameters).map(([name, { data }]) => [name, new Float64Array(data.length)] as const);
  return Object.fromEntries(zeros) as GradientsOf<P>;
}

/** The gradients of the learned parameters among these. */
export function learnedOnly<P extends Parameters>(parameters: P, gradients: GradientsOf<P>): ParameterGradients {
  return Object.fromEntries(Object.entries<Float64Array>(gradients).filter(([name]) => parameters[name].learned));
}
