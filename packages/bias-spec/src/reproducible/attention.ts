// Reproducible attention as specified: tiles, fold, division. The reference that kernels must match bit by bit.
import type { OwnFloat32Array } from '../own-arrays.ts';
import type { AttentionPlan } from '../problem.ts';
import type { TensorLike } from '../tensor.ts';
import { finishLogSumExp, finishOutput } from './finish.ts';
import type { PartialRows } from './partial.ts';
import { foldTile, noKeys } from './partial.ts';
import { attentionTiles } from './tiles.ts';

/** Attention under the reproducible profile. */
export interface ReproducibleResult {
  /** [batch, heads, queries, valueDim] */
  readonly output: OwnFloat32Array;
  /** [batch, heads, queries] */
  readonly logSumExp: OwnFloat32Array;
  /** The partial rows after the last tile, from which output and log-sum-exp are computed. */
  readonly rows: PartialRows;
}

/**
 * Computes a plan with the bits that every backend must return under `numerics: 'reproducible'`.
 *
 * @throws UnsupportedError if the plan is outside the profile; ShapeError, ParameterError naming the tensor.
 * @example
 * const plan = planAttention({ heads: 1, queries: 1, keys: 2, headDim: 1, numerics: 'reproducible' });
 * reproducibleAttention(plan, Float32Array.of(0), Float32Array.of(1, 2), Float32Array.of(3, 5)).output[0]; // 4
 */
export function reproducibleAttention(
  plan: AttentionPlan,
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
): ReproducibleResult {
  const rows = noKeys(plan.batch * plan.heads * plan.queries, plan.valueDim);
  for (const tile of attentionTiles(plan, query, key, value)) foldTile(rows, tile);
  return { output: finishOutput(rows), logSumExp: finishLogSumExp(rows), rows };
}
