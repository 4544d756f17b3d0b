// The result of one golden vector; its fields are those of a case's result where possible.
import type { CaseResult, Worst } from '../result.ts';

/**
 * `recorded`: nothing is compared. The case shows what upstream does with parameters that it mishandles, or quotes a statement. It does not count
 * as passed.
 */
export type VectorStatus = CaseResult['status'] | 'recorded';

/** Like `Worst`, for any field of a case: `bias`, `rle (exact arithmetic)`, `biasParameterGradients.table`. */
export interface VectorWorst extends Omit<Worst, 'tensor'> {
  readonly tensor: string;
}

/** The result of one golden vector. */
export interface VectorResult extends Omit<CaseResult, 'status' | 'worst'> {
  /** The `file` field of the file it came from. */
  readonly file: string;
  readonly kind: string;
  readonly status: VectorStatus;
  readonly worst: VectorWorst | null;
  /** Numbers compared, and those over their budget. */
  readonly compared: number;
  readonly failed: number;
}
