// Whether a lowered bias covers every pair of a problem: kernels trust it and look no further, so that a family with a mistake in `lower`
// would otherwise have them read beside its tables.
import type { Bias, LoweredBias } from './bias.ts';
import { ParameterError } from './errors.ts';
import type { Positions } from './positions.ts';

/** @throws ParameterError where a list has another length than the form says, or a distance that occurs is missing. */
export function requireCoverage({ family }: Bias, lowered: LoweredBias, heads: number, positions: Positions): void {
  if (lowered.form === 'none') return;
  const span = lowered.maxDistance - lowered.minDistance + 1;
  const wrong = Object.entries(lengths(lowered, heads, span, positions)).find(([, [got, wanted]]) => got !== wanted);
  if (wrong !== undefined) {
    const [name, [got, wanted]] = wrong;
    throw uncovered(family, `${got} ${name}`, String(wanted));
  }
  if (lowered.minDistance > positions.minDistance || lowered.maxDistance < positions.maxDistance) {
    throw uncovered(
      family,
      `distances from ${lowered.minDistance} to ${lowered.maxDistance}`,
      `all from ${positions.minDistance} to ${positions.maxDistance}, which occur`,
    );
  }
}

/** What each list of a form holds, and what it should. */
function lengths(
  lowered: Exclude<LoweredBias, { form: 'none' }>,
  heads: number,
  span: number,
  { batch, queries }: Positions,
): Record<string, readonly [got: number, wanted: number]> {
  switch (lowered.form) {
    case 'toeplitz':
      return { heads: [lowered.heads, heads], values: [lowered.values.length, heads * span] };
    case 'row-scaled': {
      const pieces = lowered.breaks.length + 1;
      return {
        heads: [lowered.heads, heads],
        features: [lowered.features.length, span],
        rowScales: [lowered.rowScales.length, batch * queries],
        slopes: [lowered.slopes.length, heads * pieces],
        intercepts: [lowered.intercepts.length, heads * pieces],
      };
    }
    default:
      return lowered satisfies never;
  }
}

function uncovered(family: string, got: string, wanted: string): ParameterError {
  return new ParameterError({ what: `${family}.lower`, got, wanted, hint: 'The family has a mistake in `lower`.' });
}
