// Checks that a call rejects as the contract says: by its promise, with an error of the right class.
import { describeThrown, isNamed } from './foreign.ts';
import type { Verdict } from './result.ts';
import { PASS, fail } from './result.ts';

type ErrorClass = { readonly name: string; new (...args: never[]): Error };

/** Passes if the call rejects with the class. A call that throws synchronously fails: callers that chain `.catch` would miss the error. */
export async function rejection(call: () => Promise<unknown>, wanted: ErrorClass): Promise<Verdict> {
  let pending: Promise<unknown>;
  try {
    pending = call();
  } catch (error) {
    return fail(`Threw ${describeThrown(error)} instead of returning a promise that rejects.`);
  }
  try {
    await pending;
  } catch (error) {
    return wrongError(error, wanted) ?? PASS;
  }
  return fail(`Accepted a call that should be refused with a ${wanted.name}.`);
}

/** The verdict on a rejection; null where its class is right. */
export function wrongError(error: unknown, wanted: ErrorClass): Verdict | null {
  return isNamed(error, wanted) ? null : fail(`Refused with ${describeThrown(error)}; wanted a ${wanted.name}.`);
}
