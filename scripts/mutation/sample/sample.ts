// Code to judge the mutation command by (scripts/check-mutation.mjs): its tests leave known mutants alive, and no others.

// Runs when the module is loaded, before any test.
const STEPS = [10];

let remembered: number | undefined;

/** Runs once; later calls get what the first one found. */
export function firstStep(): number {
  remembered ??= STEPS[0] + 1;
  return remembered;
}

/** Does not end when its counter runs backwards. */
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

/** Waits for ever where the condition is gone. */
export async function settle(soon: boolean): Promise<void> {
  if (!soon) throw new RangeError('never');
}
