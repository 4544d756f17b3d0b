// What the two processes of a judgement tell each other, as lines of JSON: `relbias conform` asks on the standard input of the process
// that holds the backend, and is answered on a pipe of its own.
import type { RanOn } from '@relbias/bias-spec';
import type { CaseResult } from '@relbias/conformance';
import type { Choice } from './chosen-cases.ts';

/** The descriptor of the pipe that answers go through. */
export const ANSWERS = 3;

/** The first line asks for a backend; an empty second one starts the judging. */
export interface Request {
  /** Begins every answer. What the backend prints on the same pipe has no token, and is passed over. */
  readonly token: string;
  /** The process that asks. */
  readonly parent: number;
  readonly backend: string;
  readonly choice: Choice;
  /** What repeats the run. */
  readonly command: string;
}

export type Answer =
  | { readonly kind: 'opened'; readonly ranOn: RanOn }
  /** The backend cannot be opened. `usage`: because of what was asked for. */
  | { readonly kind: 'refused'; readonly message: string; readonly usage: boolean }
  | { readonly kind: 'result'; readonly result: CaseResult }
  /** All cases are through. */
  | { readonly kind: 'judged'; readonly ranOn: RanOn }
  /** `dispose()` of the backend has settled; what it threw, if it did. */
  | { readonly kind: 'disposed'; readonly thrown: string | null }
  /** The process is about to end because of an error that nobody caught, or because nothing is left that could settle a promise. */
  | { readonly kind: 'ending'; readonly reason: string };
