// What others say (errors thrown by backends, names they give themselves) as text that is safe to print: reading it never throws.
import { printable } from '@relbias/bias-spec/backend';

/**
 * What was thrown, in words. Anything can be thrown, and reading it can throw again; this does not.
 *
 * @example
 * describeThrown(new TypeError('x is not a function')); // 'TypeError: x is not a function'
 */
export function describeThrown(thrown: unknown): string {
  return attempted(() => thrown);
}

/** Its message alone, where it has one. */
export function messageOf(thrown: unknown): string {
  return attempted(() => (thrown instanceof Error ? thrown.message : thrown));
}

/**
 * Name, message and the places it came through, where it has them, on one line.
 *
 * @example
 * traceThrown(undefined); // 'undefined'
 */
export function traceThrown(thrown: unknown): string {
  return attempted(() => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown));
}

function attempted(read: () => unknown): string {
  try {
    return printable(String(read()));
  } catch {
    return 'something that cannot be read';
  }
}

/** Whether an error is of a class; by name as well, because a backend may have brought its own copy of the spec package. */
export function isNamed(thrown: unknown, wanted: { readonly name: string; new (...args: never[]): Error }): boolean {
  try {
    return thrown instanceof wanted || (thrown instanceof Error && thrown.name === wanted.name);
  } catch {
    return false;
  }
}
