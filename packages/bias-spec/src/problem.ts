// An attention problem as a caller states it, and the plan that it becomes (plan.ts): their fields, their shapes, their heads.
import type { Bias } from './bias.ts';
import type { Convention, Scales } from './convention.ts';
import type { ClosedMask, Mask } from './mask.ts';
import type { Integers } from './lists.ts';
import type { ExplicitPositions, Positions } from './positions.ts';
import type { RawInputs, TensorLike } from './tensor.ts';
import { rawTensor } from './tensor.ts';
import { requireTensor } from './read-tensor.ts';
import type { LoweredBias } from './terms/lowered.ts';

/** `fast`: float32 within the published bound of the float64 oracle. `reproducible`: the same bits on every backend. */
export type Numerics = 'fast' | 'reproducible';

/**
 * Attention with relative position bias:
 *
 *     logits[i][j] = softcap(scale * (q_i . k_j)) + biasScale * bias(i, j)     then mask, then softmax over j, then times v
 *
 * Shapes: query [batch, heads, queries, headDim], key [batch, keyValueHeads, keys, headDim],
 * value [batch, keyValueHeads, keys, valueDim], output [batch, heads, queries, valueDim].
 */
export interface AttentionProblem {
  /** Default 1. */
  readonly batch?: number;
  readonly heads: number;
  /** Grouped-query attention: divides `heads`; default `heads`. Query head h reads key head floor(h / (heads / keyValueHeads)). */
  readonly keyValueHeads?: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  /** Default `headDim`. */
  readonly valueDim?: number;
  /** Default none: plain attention. */
  readonly bias?: Bias;
  /** Names (scale, biasScale). Default: the one the bias's family was published with. */
  readonly convention?: Convention;
  /** Override the convention's factor. `scale` must be above 0. */
  readonly scale?: number;
  readonly biasScale?: number;
  readonly mask?: Mask;
  /** c * tanh(scale * q.k / c), applied before the bias is added (the order of the ONNX Attention operator). */
  readonly softcap?: number;
  /**
   * The position of query 0, for all batch rows or one each; default keys - queries. Must be said where `mask.keyLengths` makes padding of
   * keys and there are not as many queries as keys.
   */
  readonly queryStart?: number | Integers;
  /** Explicit integer positions instead of `queryStart`. */
  readonly positions?: ExplicitPositions;
  readonly numerics?: Numerics;
}

/** A validated problem with nothing left to decide. Kernels read this and nothing else. */
export interface AttentionPlan extends Scales {
  readonly batch: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** The bias as the caller gave it: the oracle reads its float64 values, kernels read `lowered`. */
  readonly bias: Bias;
  /** In float32, not yet multiplied by biasScale (see `readBias`). */
  readonly lowered: LoweredBias;
  readonly mask: ClosedMask;
  /** 0 where there is none. */
  readonly softcap: number;
  readonly positions: Positions;
  readonly numerics: Numerics;
}

/** The sizes of a problem, which its tensors say as well. */
export const SIZE_KEYS = ['batch', 'heads', 'keyValueHeads', 'queries', 'keys', 'headDim', 'valueDim'] as const;

/** Every name that a problem may have: the one table of them. */
export const PROBLEM_KEYS: readonly (keyof AttentionProblem)[] = [
  ...SIZE_KEYS,
  'bias',
  'convention',
  'scale',
  'biasScale',
  'mask',
  'softcap',
  'queryStart',
  'positions',
  'numerics',
];

/** The three input shapes and the output shape of a plan. */
export interface AttentionShapes {
  readonly query: readonly [number, number, number, number];
  readonly key: readonly [number, number, number, number];
  readonly value: readonly [number, number, number, number];
  readonly output: readonly [number, number, number, number];
  readonly logSumExp: readonly [number, number, number];
}

/** What a plan says of sizes. */
export type Sizes = Pick<AttentionPlan, (typeof SIZE_KEYS)[number]>;

/**
 * The shapes of one call's tensors.
 *
 * @example
 * shapesOf(planAttention({ heads: 8, queries: 1, keys: 9, headDim: 64 })).key; // [1, 8, 9, 64]
 */
export function shapesOf({ batch, heads, keyValueHeads, queries, keys, headDim, valueDim }: Sizes): AttentionShapes {
  return {
    query: [batch, heads, queries, headDim],
    key: [batch, keyValueHeads, keys, headDim],
    value: [batch, keyValueHeads, keys, valueDim],
    output: [batch, heads, queries, valueDim],
    logSumExp: [batch, heads, queries],
  };
}

/**
 * The tensors of one call, their shapes and dtypes checked, their numbers not. Nothing is copied.
 *
 * @throws ShapeError, ParameterError naming the tensor.
 */
export function rawInputs(sizes: Sizes, query: TensorLike, key: TensorLike, value: TensorLike): RawInputs {
  const shapes = shapesOf(sizes);
  return {
    query: rawTensor(requireTensor('query', query, shapes.query)),
    key: rawTensor(requireTensor('key', key, shapes.key)),
    value: rawTensor(requireTensor('value', value, shapes.value)),
  };
}

/**
 * The key/value head that query head h reads: heads share theirs in groups of neighbours.
 *
 * @example
 * keyValueHead({ heads: 8, keyValueHeads: 2 }, 5); // 1
 */
export function keyValueHead({ heads, keyValueHeads }: Pick<Sizes, 'heads' | 'keyValueHeads'>, h: number): number {
  return Math.floor(h / (heads / keyValueHeads));
}

/** The row of key 0 in the key and value tensors, for batch row b and query head h. */
export function keyValueRow(sizes: Pick<Sizes, 'heads' | 'keyValueHeads' | 'keys'>, b: number, h: number): number {
  return (b * sizes.keyValueHeads + keyValueHead(sizes, h)) * sizes.keys;
}
