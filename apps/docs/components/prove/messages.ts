// The messages between the page and its worker.
import type { CaseResult, ConformanceReport, VectorResult } from '@relbias/conformance';

/** To the worker: one backend, or the golden vectors, and the cases whose name contains the filter. */
export interface RunRequest {
  readonly backend: string;
  readonly filter: string;
}

/** From the worker: the result of each case, and one outcome at the end. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly result: CaseResult | VectorResult; readonly done: number; readonly total: number }
  | Outcome;

/** How a run ended. */
export type Outcome =
  /** `output` is the hash of one output of the reproducible profile, null where the backend refuses the profile. */
  | { readonly kind: 'report'; readonly report: ConformanceReport; readonly output: string | null }
  | { readonly kind: 'vectors'; readonly results: readonly VectorResult[]; readonly milliseconds: number }
  /** The backend could not be opened, or an error occurred outside any case. */
  | { readonly kind: 'missing'; readonly reason: string };
