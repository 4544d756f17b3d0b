// Whether what a family lowered to is one of the closed forms and covers every pair of a problem: kernels trust it and look no further, so
// that a family with a mistake in `lower` would otherwise have them read beside its tables.
import type { Bias, LoweredBias } from './bias.ts';
import { ParameterError, show } from './errors.ts';
import type { Positions } from './positions.ts';

/**
 * @throws ParameterError where it is no closed form, a list is no list of float64 or has another length than the form says, or a distance
 *   that occurs is missing.
 */
export function requireCoverage(
  { family }: Bias,
  given: unknown,
  heads: number,
  positions: Positions,
): asserts given is LoweredBias<Float64Array> {
  const lowered = given as LoweredBias<Float64Array> | null | undefined;
  const form: unknown = lowered?.form;
  if (lowered === null || lowered === undefined || (form !== 'none' && form !== 'toeplitz' && form !== 'row-scaled')) {
    throw uncovered(family, form === undefined ? show(given) : `the form ${show(form)}`, 'one of none, toeplitz and row-scaled');
  }
  if (lowered.form === 'none') return;
  if (lowered.heads !== heads) throw uncovered(family, `${show(lowered.heads)} heads`, String(heads));
  const { minDistance, maxDistance } = lowered;
  if (!Number.isInteger(minDistance) || !Number.isInteger(maxDistance)) {
    throw uncovered(family, `distances from ${show(minDistance)} to ${show(maxDistance)}`, 'integers');
  }
  const lists = listsOf(lowered, heads, maxDistance - minDistance + 1, positions);
  for (const [name, [list, wanted]] of Object.entries(lists)) {
    if (!isFloat64Array(list)) throw uncovered(family, `${name}: ${show(list)}`, 'a Float64Array');
    if (list.length !== wanted) throw uncovered(family, `${list.length} ${name}`, String(wanted));
  }
  if (minDistance > positions.minDistance || maxDistance < positions.maxDistance) {
    throw uncovered(
      family,
      `distances from ${minDistance} to ${maxDistance}`,
      `all from ${positions.minDistance} to ${positions.maxDistance}, which occur`,
    );
  }
}

/** By its tag: a family may come from another realm. */
function isFloat64Array(list: unknown): list is Float64Array {
  return ArrayBuffer.isView(list) && Object.prototype.toString.call(list) === '[object Float64Array]';
}

/** The lists of a form, and how many numbers each should hold. */
function listsOf(
  lowered: Exclude<LoweredBias<Float64Array>, { form: 'none' }>,
  heads: number,
  span: number,
  { batch, queries }: Positions,
): Record<string, readonly [list: unknown, wanted: number]> {
  switch (lowered.form) {
    case 'toeplitz':
      return { values: [lowered.values, heads * span] };
    case 'row-scaled': {
      const { features, rowScales, breaks, slopes, intercepts } = lowered;
      // Whatever `breaks` is, it says how many pieces there are.
      const count = isFloat64Array(breaks) ? breaks.length : 0;
      const pieces = heads * (count + 1);
      return {
        features: [features, span],
        rowScales: [rowScales, batch * queries],
        breaks: [breaks, count],
        slopes: [slopes, pieces],
        intercepts: [intercepts, pieces],
      };
    }
    default:
      return lowered satisfies never;
  }
}

function uncovered(family: string, got: string, wanted: string): ParameterError {
  return new ParameterError({ what: `${family}.lower`, got, wanted, hint: 'The family has a mistake in `lower`.' });
}
