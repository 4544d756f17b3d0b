// How much two computations of the same number may differ in this package's tests, and why. All are in float64.

/** Two orders of the same float64 operations, a few hundred of them at most: relative to 1 + |want|. */
export const REORDERED = 1e-12;

/** The step of a central difference. */
export const STEP = 1e-5;

/**
 * A central difference against an exact derivative, relative to 1 + the largest derivative: the step squared times a third derivative
 * (up to some thousands, for powers of distance), and rounding divided by the step.
 */
export const CENTRAL_DIFFERENCE = 1e-6;

/** Whether `got` lies within `tolerance` of `want`, relative to 1 + |size|; infinities must be the same. */
export function isNear(got: number, want: number, tolerance: number, size: number = want): boolean {
  return got === want || Math.abs(got - want) <= tolerance * (1 + Math.abs(size));
}
