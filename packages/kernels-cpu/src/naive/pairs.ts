// What the kernels in plain TypeScript compute of one pair of a query and a key.
import type { AttentionPlan } from '@relbias/bias-spec';

/** `q` is one query row; the key row starts at `start`. Every step of the sum is rounded to float32, as a kernel in float32 would. */
export function contentScore(plan: AttentionPlan, q: Float32Array, key: Float32Array, start: number): number {
  const { headDim, scale, softcap } = plan;
  let dot = 0;
  for (let c = 0; c < headDim; c++) dot = Math.fround(dot + Math.fround(q[c] * key[start + c]));
  const score = scale * dot;
  return softcap === 0 ? score : softcap * Math.tanh(score / softcap);
}
