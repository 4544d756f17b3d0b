// A pass: the source of a kernel before gpu.js compiles it, with a name, parameters in order, and a body in the JavaScript that gpu.js translates.
// Bodies are strings, because minifiers break kernels that are functions.
import type { AttentionPlan } from '@relbias/bias-spec';
import { TILE_KEYS } from '@relbias/bias-spec/reproducible';

export interface Pass<Name extends string> {
  readonly name: string;
  /** No name may be another one plus `Dim` or `Size`: gpu.js declares those for every array. */
  readonly parameters: readonly Name[];
  readonly body: string;
  /** The functions that the body calls. */
  readonly functions: readonly string[];
}

/** Keys per round of passes: one tile of the reproducible profile, in both profiles. */
export const BLOCK: number = TILE_KEYS;

/**
 * The logit of a hidden pair, and the smallest of a visible one: the two smallest numbers of float32. Not infinities, because shading languages
 * do not guarantee them.
 */
export const HIDDEN: number = -3.4028234663852886e38;
export const LEAST_VISIBLE: number = -3.4028232635611926e38;

/** The head and the key/value head of a batchHead, z = batch row * heads + head. Divisions may be off by an ulp; adding a half keeps floor correct. */
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
