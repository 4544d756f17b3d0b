// The outcome of one golden vector, in the shape of a case's result where the two agree.
import type { CaseResult, Worst } from '../result.ts';

/**
 * `recorded`: the case makes no demand. It shows what upstream does with parameters that it mishandles (a refusal is as good as any
 * answer), or quotes a statement. Counted apart, never among those that passed.
 */
export type VectorStatus = CaseResult['status'] | 'recorded';

/** Like `Worst`, for any field of a case: `bias`, `rle (exact arithmetic)`, `biasParameterGradients.table`. */
export interface VectorWorst extends Omit<Worst, 'tensor'> {
  readonly tensor: string;
}

/** What became of one golden vector. */
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
