// What a kernel is before gpu.js compiles it: a name, its arguments in order, and a body in the JavaScript that gpu.js translates.
// Bodies are strings because minifiers break kernels that are functions.
import type { AttentionPlan } from '@relbias/bias-spec';
import { TILE_KEYS } from '@relbias/bias-spec/reproducible';

export interface Pass<Name extends string> {
  readonly name: string;
  /** No name may be another with `Dim` or `Size` behind it: gpu.js declares those for every array. */
  readonly parameters: readonly Name[];
  readonly body: string;
  /** Functions the body calls. */
  readonly functions: readonly string[];
}

/** Keys that one round of passes takes: in either profile a tile of the reproducible one. */
export const BLOCK: number = TILE_KEYS;

/**
 * The logit of a hidden pair, and the least a visible one can have: the two numbers at the end of float32. Infinities are no use here:
 * shading languages do not promise them.
 */
export const HIDDEN: number = -3.4028234663852886e38;
export const LEAST_VISIBLE: number = -3.4028232635611926e38;

/** The head and the key/value head of a batchHead: z = batch row * heads + head. Divisions err by an ulp; the half keeps floor right. */
export const BATCH_HEAD_PARAMETERS = ['heads', 'keyValueHeads', 'group'] as const;
export function batchHeadArguments({
  heads,
  keyValueHeads,
}: AttentionPlan): Record<(typeof BATCH_HEAD_PARAMETERS)[number], number> {
  return { heads, keyValueHeads, group: heads / keyValueHeads };
}
export const BATCH_HEAD = `
  const b = Math.floor((this.thread.z + 0.5) / heads);
  const head = this.thread.z - b * heads;
  const keyValueBatchHead = b * keyValueHeads + Math.floor((head + 0.5) / group);`;
