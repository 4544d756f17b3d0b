// What the page and its worker say to one another.
import type { CaseResult, ConformanceReport } from '@relbias/conformance';

/** One backend, and which cases: all whose name contains the text. */
export interface Order {
  readonly backend: string;
  readonly filter: string;
}

export type News =
  | { readonly kind: 'progress'; readonly result: CaseResult; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly report: ConformanceReport }
  /** The backend could not be opened, or something broke outside of any case. */
  | { readonly kind: 'missing'; readonly reason: string };
