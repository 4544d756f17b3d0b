// What a case is to the suite: a stable name, and a verdict on any backend.
import type { Backend } from '@relbias/bias-spec';
import type { Verdict } from './result.ts';

/** What the caller requires to have run; a backend that ran as something else fails. */
export interface Expected {
  readonly backend: string;
  readonly kernel: string;
}

/** What a case is told besides the backend. */
export interface JudgeContext {
  readonly expected?: Expected;
}

/** One question to a backend, with its judge. */
export interface Case {
  /** Stable, unique, and enough to run it again: see grammar.ts. */
  readonly name: string;
  /** The family; `claims` or `contract` for the cases that belong to none. */
  readonly family: string;
  /** May reject: the suite turns that into a failure. */
  judge(backend: Backend, context: JudgeContext): Promise<Verdict>;
}
