// The messages between `relbias conform` and the process that holds the backend, as lines of JSON: requests on its standard input, answers
// on a pipe of their own.
import type { RanOn } from '@relbias/bias-spec';
import type { CaseResult } from '@relbias/conformance';
import type { Choice } from './chosen-cases.ts';

/** The file descriptor of the pipe for answers. */
export const ANSWERS = 3;

/** The first line requests a backend; an empty second line starts the judging. */
export interface Request {
  /** Begins every answer. Lines without it, which the backend may write to the same pipe, are ignored. */
  readonly token: string;
  /** The id of the process that asks. */
  readonly parent: number;
  readonly backend: string;
  readonly choice: Choice;
  /** The command that repeats the run. */
  readonly command: string;
}

export type Answer =
  | { readonly kind: 'opened'; readonly ranOn: RanOn }
  /** The backend cannot be opened. `usage`: because the request is wrong. */
  | { readonly kind: 'refused'; readonly message: string; readonly usage: boolean }
  | { readonly kind: 'result'; readonly result: CaseResult }
  /** All cases are done. */
  | { readonly kind: 'judged'; readonly ranOn: RanOn }
  /** `dispose()` of the backend has settled; `thrown` describes its error, if any. */
  | { readonly kind: 'disposed'; readonly thrown: string | null }
  /** The process is about to end because of an uncaught error, or because a promise can no longer settle. */
  | { readonly kind: 'ending'; readonly reason: string };
