// An attention problem as a caller states it, and the plan that planAttention (plan.ts) makes of it: fields, shapes, heads.
import type { Bias } from './bias.ts';
import type { Convention, Scales } from './convention.ts';
import type { ClosedMask, Mask } from './mask.ts';
import type { Integers } from './lists.ts';
import type { ExplicitPositions, Positions } from './positions.ts';
import type { RawInputs, TensorLike } from './tensor.ts';
import { rawTensor } from './tensor.ts';
import { requireTensor } from './read-tensor.ts';
import type { LoweredBias } from './terms/lowered.ts';

/**
 * `fast`: float32, within the published error bound of the float64 oracle. `reproducible`: the same bits on every backend, and slower; see
 * docs/numerics.md.
 */
export type Numerics = 'fast' | 'reproducible';

/**
 * Attention with relative position bias:
 *
 *     logits[i][j] = softcap(scale * (q_i . k_j)) + biasScale * bias(i, j)     then mask, then softmax over j, then times v
 *
 * Shapes: query [batch, heads, queries, headDim], key [batch, keyValueHeads, keys, headDim],
 * value [batch, keyValueHeads, keys, valueDim], output [batch, heads, queries, valueDim].
 *
 * An option that is left out takes its default; null is refused.
 */
export interface AttentionProblem {
  /** Batch rows. Default 1. */
  readonly batch?: number;
  /** Query heads. A bias must be made for as many. */
  readonly heads: number;
  /**
   * Key and value heads of grouped-query attention, a divisor of `heads`. Query head h reads key head floor(h / (heads / keyValueHeads)).
   * Default `heads`; 1 is multi-query attention.
   */
  readonly keyValueHeads?: number;
  /** Query tokens per batch row: 1 for a decoding step, `keys` for a full pass. */
  readonly queries: number;
  /** Key tokens per batch row, padding included. */
  readonly keys: number;
  /** Components of a query and of a key in one head: d in 1/sqrt(d). */
  readonly headDim: number;
  /** Components of a value in one head. Default `headDim`. */
  readonly valueDim?: number;
  /** The relative position bias, made by a family's function: `alibi({ heads: 8 })`. Default none: plain attention. */
  readonly bias?: Bias;
  /** The name of a pair (scale, biasScale), see `Convention`. Default: the one that the bias's family was published with. */
  readonly convention?: Convention;
  /** The factor of the content score q . k, above 0. Default: that of `convention`, 1/sqrt(headDim) for most. */
  readonly scale?: number;
  /**
   * The factor of the bias, any finite number. Default: that of `convention`, 1 for most. A model that divides the sum of score and bias by
   * sqrt(d) has `biasScale: 1 / Math.sqrt(d)`, which is the convention `before-scaling`.
   */
  readonly biasScale?: number;
  /** Which keys each query sees: `{ causal: true }`, a window, key lengths, segments. Default: all. */
  readonly mask?: Mask;
  /**
   * The cap c of c * tanh(scale * q.k / c), above 0, as in Gemma 2. It is applied before the bias is added (the order of the ONNX operator
   * Attention since ONNX 1.22). Default none.
   */
  readonly softcap?: number;
  /**
   * The position of query 0: one number for all batch rows, or a list with one for each. Key j is at position j. Default keys - queries,
   * which puts the last query on the last key. Required where `mask.keyLengths` makes keys padding and `queries` is not `keys`.
   */
  readonly queryStart?: number | Integers;
  /** Explicit integer positions of queries and keys, instead of `queryStart`. Only their differences matter to most families. */
  readonly positions?: ExplicitPositions;
  /** Default `fast`. */
  readonly numerics?: Numerics;
}

/** A validated problem with every default filled in. Kernels read this and nothing else. */
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
  /** 0 for no softcap. */
  readonly softcap: number;
  readonly positions: Positions;
  readonly numerics: Numerics;
}

/** The names of the sizes of a problem. */
export const SIZE_KEYS = ['batch', 'heads', 'keyValueHeads', 'queries', 'keys', 'headDim', 'valueDim'] as const;

/** The names of all options of a problem. */
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

/** The sizes of a plan. */
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
 * The tensors of one call. Shapes and dtypes are checked, numbers are not; nothing is copied.
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
 * The key/value head that query head h reads. Neighbouring query heads share one.
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
