// What the page and its worker say to one another.
import type { CaseResult, ConformanceReport, VectorResult } from '@relbias/conformance';

/** One backend, or the golden vectors, and which cases: all whose name contains the text. */
export interface Order {
  readonly backend: string;
  readonly filter: string;
}

export type News =
  | { readonly kind: 'progress'; readonly result: CaseResult | VectorResult; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly report: ConformanceReport }
  | { readonly kind: 'vectors'; readonly results: readonly VectorResult[]; readonly milliseconds: number }
  /** The backend could not be opened, or something broke outside of any case. */
  | { readonly kind: 'missing'; readonly reason: string };

/** What the last of it was. */
export type Outcome = Exclude<News, { kind: 'progress' }>;
