// Reading one call's inputs against a plan: shapes and dtypes checked, halves widened, numbers that are not finite refused.
import { ParameterError } from './errors.ts';
import type { AttentionPlan } from './problem.ts';
import { shapesOf } from './problem.ts';
import type { TensorLike } from './tensor.ts';
import { requireTensor, toFloat32 } from './tensor.ts';

/** One call's query, key and value as float32, row-major in the shapes of `shapesOf(plan)`. */
export interface Inputs {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/**
 * Checks and reads the inputs of one call.
 *
 * NaN and infinities are refused because backends could not agree on them: IEEE spreads NaN over a row, GPUs may drop it.
 * Keys and values past a batch row's key length are padding and may hold anything.
 */
export function readInputs(plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike): Inputs {
  const shapes = shapesOf(plan);
  const inputs = {
    query: toFloat32(requireTensor('query', query, shapes.query)),
    key: toFloat32(requireTensor('key', key, shapes.key)),
    value: toFloat32(requireTensor('value', value, shapes.value)),
  };
  const { batch, queries, keys, headDim, valueDim, heads, keyValueHeads, mask } = plan;
  for (let b = 0; b < batch; b++) {
    requireFiniteRows('query', inputs.query, b * heads, heads, queries, queries, headDim);
    const visible = mask.keyLengths[b];
    const first = b * keyValueHeads;
    requireFiniteRows('key', inputs.key, first, keyValueHeads, keys, visible, headDim);
    requireFiniteRows('value', inputs.value, first, keyValueHeads, keys, visible, valueDim);
  }
  return inputs;
}

function requireFiniteRows(
  what: string,
  data: Float32Array,
  firstHead: number,
  heads: number,
  rowsPerHead: number,
  rows: number,
  dim: number,
): void {
  for (let head = firstHead; head < firstHead + heads; head++) {
    const start = head * rowsPerHead * dim;
    const end = start + rows * dim;
    // 0 * x is 0 for every finite x and NaN otherwise: one multiply-add an element on the path that finds nothing.
    let probe = 0;
    for (let index = start; index < end; index++) probe += data[index] * 0;
    if (probe === 0) continue;
    const index = data.subarray(start, end).findIndex((number) => !Number.isFinite(number));
    throw new ParameterError({
      what: `${what}.data[${start + index}]`,
      got: String(data[start + index]),
      wanted: 'a finite number',
      hint: 'Padding belongs past mask.keyLengths, where it may hold anything.',
    });
  }
}
