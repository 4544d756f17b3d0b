// Values from outside the suite (errors that backends throw, names they give themselves) as text that is safe to print. Reading them here
// never throws.
import { RelbiasError } from '@relbias/bias-spec';
import { printable } from '@relbias/bias-spec/backend';

/** An answer of a backend that breaks the contract whatever its numbers are. The message says what was got and what is wanted. */
export class WrongAnswer extends Error {}

/**
 * A thrown value in words. Anything can be thrown, and reading it can throw again; this function does not throw.
 *
 * @example
 * describeThrown(new TypeError('x is not a function')); // 'TypeError: x is not a function'
 */
export function describeThrown(thrown: unknown): string {
  return textOf(() => thrown);
}

/** The message of an error; other thrown values as text. */
export function messageOf(thrown: unknown): string {
  return textOf(() => (thrown instanceof Error ? thrown.message : thrown));
}

/**
 * Name, message and stack of an error on one line; other thrown values as text.
 *
 * @example
 * traceThrown(undefined); // 'undefined'
 */
export function traceThrown(thrown: unknown): string {
  return textOf(() => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown));
}

/** A refusal by its message, which says enough, followed by the stack of the error behind it; any other error as `threw` and its stack. */
export function explainThrown(thrown: unknown): string {
  return textOf(() => {
    if (!(thrown instanceof RelbiasError)) return `threw ${traceThrown(thrown)}`;
    return thrown.cause === undefined ? thrown.message : `${thrown.message} ${traceThrown(thrown.cause)}`;
  });
}

/** A sentence that ends in one full stop, whether or not the text quoted at its end has one. */
export function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

function textOf(read: () => unknown): string {
  try {
    return printable(String(read()));
  } catch {
    return 'something that cannot be read';
  }
}

/** Whether an error is of a class, by identity or by name: a backend may use its own copy of the spec package. */
export function isNamed(thrown: unknown, wanted: { readonly name: string; new (...args: never[]): Error }): boolean {
  try {
    return thrown instanceof wanted || (thrown instanceof Error && thrown.name === wanted.name);
  } catch {
    return false;
  }
}
