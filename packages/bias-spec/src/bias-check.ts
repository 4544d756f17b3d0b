// Checks the bias of a problem, which may be of a user's own family: its fields, its values, and that values and terms agree.
import type { Bias } from './bias.ts';
import { MAX_HEADS, readOptions, requireFunctions, requireInteger, requireName, requireOneOf } from './check.ts';
import { CONVENTIONS } from './convention.ts';
import { ParameterError, byFamily } from './errors.ts';
import type { Positions } from './positions.ts';
import { show } from './show.ts';
import type { LoweredBias } from './terms/lowered.ts';
import { largestBias, readerOf } from './terms/lowered.ts';

/** Checks the types of the fields that planning reads. @throws ParameterError. */
export function requireBias(what: string, bias: Bias): void {
  const { family, heads, convention, value, lower } = readOptions(what, bias, null, REQUIRED);
  requireName(`${what}.family`, family);
  requireInteger(`${what}.heads`, heads, 0, MAX_HEADS);
  requireOneOf(`${what}.convention`, convention, CONVENTIONS);
  requireFunctions(what, { value, lower });
}

const REQUIRED = ['family', 'heads', 'convention', 'value', 'lower'] as const;

/**
 * The bias of one pair as its family computes it, in float64.
 *
 * @throws ParameterError naming the family if its code throws, or returns anything but a finite number or -Infinity, which hides the pair.
 * @example
 * readValue(alibi({ heads: 8 }), 0, 3, 3); // -1.5
 */
export function readValue(bias: Bias, head: number, distance: number, queryPosition: number): number {
  const what = `${bias.family}.value`;
  const value: unknown = byFamily(what, 'a number', () => bias.value(head, distance, queryPosition));
  if (typeof value === 'number' && value < Infinity) return value;
  throw new ParameterError({
    what: `${what}(${head}, ${distance}, ${queryPosition})`,
    got: show(value),
    wanted: 'a number, or -Infinity to hide the pair',
    hint: 'The family has a mistake in `value`, or its parameters are too large.',
  });
}

/** The allowed difference of `value` and the terms, relative to the value and the largest term: far more than rounding to float32 causes. */
const TOLERANCE = 1e-3;

/**
 * Refuses a bias whose `value` and terms differ: kernels would compute another bias than the one that is shown and that the oracle uses.
 * Compares the corner pairs of the first and last batch row and head.
 *
 * @throws ParameterError naming the family and the pair.
 */
export function requireAgreement(bias: Bias, lowered: LoweredBias, heads: number, positions: Positions): void {
  const read = readerOf(lowered);
  const slack = TOLERANCE * Math.min(largestBias(lowered), 2 ** 100);
  const { batch, queries, keys, query, key } = positions;
  for (const b of ends(batch)) {
    for (const i of ends(queries)) {
      for (const j of ends(keys)) {
        for (const head of ends(heads)) {
          const row = b * queries + i;
          const distance = query[row] - key[b * keys + j];
          const value = readValue(bias, head, distance, query[row]);
          const term = read(head, row, distance);
          // An infinite value has no tolerance: a pair is hidden by both or by neither.
          const isNear = value > -Infinity && Math.abs(value - term) <= TOLERANCE * Math.abs(value) + slack;
          if (value === term || isNear) continue;
          throw new ParameterError({
            what: bias.family,
            got: `${value} from value(${head}, ${distance}, ${query[row]}) and ${term} from the terms of lower`,
            wanted: 'the same bias from both',
            hint: 'The family has a mistake in `value` or `lower`.',
          });
        }
      }
    }
  }
}

function ends(count: number): readonly number[] {
  return count === 1 ? [0] : [0, count - 1];
}
