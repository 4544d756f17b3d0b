// What the two KERPLE kernels share: one positive number per head, checked or clamped as upstream clamps it.
import type { ParameterNumbers } from '../lists.ts';
import { requireNumbers } from '../lists.ts';
import { ParameterError } from '../errors.ts';
import type { FutureKeys } from '../future.ts';
import type { Random } from '../random.ts';
import { draw, uniform } from '../random.ts';

/** Upstream's `eps`: both parameters are clamped to at least this at each forward pass. */
const CLAMP_MIN = 0.01;

/** The two learned numbers of each head, and what keys in the future get. */
export interface KerpleOptions {
  readonly heads: number;
  /** [heads], above 0. */
  readonly r1: ParameterNumbers;
  /** [heads], above 0. */
  readonly r2: ParameterNumbers;
  /** Clamp instead of refusing what lies outside, as upstream does at each forward pass; default false. */
  readonly clamp?: boolean;
  /** Default `unsigned`, the paper's kernel of |i - j|; `zero` gives future keys the bias of distance 0, as upstream's code does. */
  readonly future?: Exclude<FutureKeys, 'signed'>;
}

/** The distances below 0 have no logarithm or power, so the signed choice does not exist here. */
export const KERPLE_FUTURES: readonly Exclude<FutureKeys, 'signed'>[] = ['unsigned', 'zero'];

/**
 * One KERPLE parameter. With `clamp` the stored values are the clamped ones and gradients are taken at them, as if the clamp were the
 * identity: upstream clamps the parameter in place, outside the graph.
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
    hint: `Upstream clamps such values (to at least ${CLAMP_MIN}): pass clamp: true to do the same.`,
  });
}

/** One parameter as upstream's models begin: drawn uniformly below `most`, and clamped from below. */
export function drawnKerple(heads: number, most: number, random: Random): Float64Array {
  return draw(heads, () => Math.max(uniform(random, 0, most), CLAMP_MIN));
}
