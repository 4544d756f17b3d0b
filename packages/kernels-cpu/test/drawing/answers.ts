// The results of calls, and whether two of them are equal. Not a test.
import type { AttentionResult } from '@relbias/bias-spec';
import { RelbiasError } from '@relbias/bias-spec';

/** [batch, heads, queries, valueDim] and [batch, heads, queries] */
export type Numbers = Readonly<Record<'output' | 'logSumExp', Float32Array>>;

/** Numbers, or the message of a refusal. */
export type Answer = Numbers | string;

/** @throws what is none of the package's own errors. */
export function answerOf(call: () => AttentionResult): Answer {
  try {
    const { output, logSumExp } = call();
    return { output: output.data, logSumExp: logSumExp?.data ?? new Float32Array() };
  } catch (error) {
    if (error instanceof RelbiasError) return error.message;
    throw error;
  }
}

/** @throws Error that says where `how` gives another answer. */
export function requireSame(how: string, got: Answer, wanted: Answer): void {
  if (typeof got === 'string' || typeof wanted === 'string') {
    if (got === wanted) return;
    const say = (one: Answer): string => (typeof one === 'string' ? `"${one}"` : 'numbers');
    throw new Error(`${how}: ${say(got)} instead of ${say(wanted)}`);
  }
  for (const which of ['output', 'logSumExp'] as const) requireBits(`${how}: ${which}`, got[which], wanted[which]);
}

/** @throws Error that names the first number of `what` that differs. */
export function requireBits(what: string, got: Float32Array, wanted: Float32Array): void {
  if (got.length !== wanted.length) throw new Error(`${what} has ${got.length} numbers instead of ${wanted.length}`);
  const wrong = got.findIndex((number, index) => !Object.is(number, wanted[index]));
  if (wrong >= 0) throw new Error(`${what}[${wrong}] is ${got[wrong]} instead of ${wanted[wrong]}`);
}

/** @throws Error if a call succeeds, or throws anything but a RelbiasError. */
export function mustRefuse(what: string, call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (error instanceof RelbiasError) return;
    throw new Error(`${what} is refused by ${String(error)}, which is none of the package's errors`, { cause: error });
  }
  throw new Error(`${what} is not refused`);
}
