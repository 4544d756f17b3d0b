// The parameters of both KERPLE kernels: one positive number per head, checked or clamped as in the published code.
import type { ParameterNumbers } from '../lists.ts';
import { requireNumbers } from '../lists.ts';
import { ParameterError } from '../errors.ts';
import type { FutureKeys } from '../future.ts';
import type { Random } from '../random.ts';
import { draw, uniform } from '../random.ts';

/** `eps` of the published code: both parameters are clamped to at least this in each forward pass. */
const CLAMP_MIN = 0.01;

/** The two learned numbers of each head, and the bias of keys in the future. */
export interface KerpleOptions {
  readonly heads: number;
  /** [heads], strength of the penalty, above 0. */
  readonly r1: ParameterNumbers;
  /** [heads], above 0: factor of the distance (logarithmic), or its exponent, at most 2 (power). */
  readonly r2: ParameterNumbers;
  /** Clamp parameters outside their range instead of refusing them, as the published code does in each forward pass. Default false. */
  readonly clamp?: boolean;
  /** Keys in the future: `unsigned`, the paper's kernel of |i - j|, or `zero`, the bias of distance 0 as in the published code. Default `unsigned`. */
  readonly future?: Exclude<FutureKeys, 'signed'>;
}

/** Negative distances have no logarithm or power, so there is no signed form. */
export const KERPLE_FUTURES: readonly Exclude<FutureKeys, 'signed'>[] = ['unsigned', 'zero'];

/**
 * One KERPLE parameter. With `clamp` the bias stores the clamped values, and gradients treat the clamp as the identity: the published code
 * clamps the parameter in place, outside the graph.
 */
export function kerpleParameter(
  what: string,
  given: ParameterNumbers,
  heads: number,
  clamp: boolean,
  most: number,
): Float64Array {
  const values = requireNumbers(what, given, [heads]);
  if (clamp) return values.map((one) => Math.min(Math.max(one, CLAMP_MIN), most));
  const wrong = values.findIndex((one) => one <= 0 || one > most);
  if (wrong === -1) return values;
  throw new ParameterError({
    what: `${what}[${wrong}]`,
    got: String(values[wrong]),
    wanted: most === Infinity ? 'a number above 0' : `a number above 0 and at most ${most}`,
    hint: `The published code clamps such values to at least ${CLAMP_MIN}: pass clamp: true to do the same.`,
  });
}

/** One parameter of a model before training: drawn uniformly below `most`, and clamped from below. */
export function drawnKerple(heads: number, most: number, random: Random): Float64Array {
  return draw(heads, () => Math.max(uniform(random, 0, most), CLAMP_MIN));
}
