// A case: a stable name, and a function that judges any backend.
import type { Backend } from '@relbias/bias-spec';
import type { Verdict } from './result.ts';

/** The backend that the caller expects; any other fails. */
export interface Expected {
  readonly backend: string;
  readonly kernel: string;
}

/** What a case receives in addition to the backend. */
export interface JudgeContext {
  readonly expected?: Expected;
}

/** One case. */
export interface Case {
  /** Stable and unique; `findCase` makes the case again from it. See grammar.ts. */
  readonly name: string;
  /** The family; `claims` or `contract` for the cases that belong to none. */
  readonly family: string;
  /** Judges a backend. A rejection counts as a failure. */
  judge(backend: Backend, context: JudgeContext): Promise<Verdict>;
}
