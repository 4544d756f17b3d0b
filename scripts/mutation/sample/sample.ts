// Code for testing the mutation command (scripts/check-mutation.mjs): its tests miss known mutants, and no others.

// Runs when the module is loaded, before any test.
const STEPS = [10];

let remembered: number | undefined;

/** Computes once; later calls return the first result. */
export function firstStep(): number {
  remembered ??= STEPS[0] + 1;
  return remembered;
}

/** Does not end if its counter runs backwards. */
export function sumBelow(count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += k;
  return sum;
}

/** Tested on one side of the limit only. */
export function isSmall(size: number): boolean {
  return size < 100;
}

/** No test calls it. */
export function negated(on: boolean): boolean {
  return !on;
}

/** Rejects unless allowed. */
export async function requireAllowed(allowed: boolean): Promise<void> {
  if (!allowed) throw new RangeError('never');
}
