// Reads one call's inputs against a plan: checks shapes and dtypes, refuses numbers that float32 cannot carry through, and widens halves for
// backends that do not read their bits.
import { ParameterError } from '../errors.ts';
import { paddingHint } from '../mask.ts';
import type { AttentionPlan } from '../problem.ts';
import { rawInputs } from '../problem.ts';
import type { Inputs, RawInputs, RawTensor, TensorLike } from '../tensor.ts';
import { float32Chunks, widened } from '../tensor.ts';
import { hasRoom, requireNoOverflow } from './overflow.ts';

/**
 * Refuses numbers that no backend computes with in the fast profile.
 *
 * NaN and infinities are refused because backends would not agree on them: IEEE spreads NaN over a row, GPUs may drop it.
 * Products and sums that float32 cannot hold are refused for the same reason. Keys and values past a batch row's key length are padding and
 * may hold anything.
 *
 * @throws ParameterError naming the tensor, and the element if it is one.
 */
export function requireSafeMagnitudes(plan: AttentionPlan, inputs: RawInputs): void {
  const { batch, queries, keys, headDim, valueDim, heads, keyValueHeads, mask } = plan;
  const squares = { query: 0, key: 0, value: 0 };
  for (let b = 0; b < batch; b++) {
    squares.query += finiteSquares('query', inputs.query, b * heads, heads, queries, queries, headDim);
    const visible = mask.keyLengths[b];
    const first = b * keyValueHeads;
    squares.key += finiteSquares('key', inputs.key, first, keyValueHeads, keys, visible, headDim);
    squares.value += finiteSquares('value', inputs.value, first, keyValueHeads, keys, visible, valueDim);
  }
  const room = hasRoom(plan, Math.sqrt(squares.query), Math.sqrt(squares.key), Math.sqrt(squares.value));
  if (!room) requireNoOverflow(plan, inputs);
}

/**
 * Checks the inputs of one call in the fast profile, in their own dtypes.
 *
 * @throws as `rawInputs` and `requireSafeMagnitudes`.
 */
export function checkInputs(plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike): RawInputs {
  const inputs = rawInputs(plan, query, key, value);
  requireSafeMagnitudes(plan, inputs);
  return inputs;
}

/** The same numbers as float32: float32 tensors as they are, exact copies of the others. */
export function widenInputs({ query, key, value }: RawInputs): Inputs {
  return { query: widened(query), key: widened(key), value: widened(value) };
}

/**
 * Checks the inputs of one call and reads them as float32.
 *
 * @throws as `checkInputs`.
 */
export function readInputs(plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike): Inputs {
  return widenInputs(checkInputs(plan, query, key, value));
}

/** The sum of the squares of the first `rows` rows of each of these heads. @throws ParameterError if one is not finite. */
function finiteSquares(
  what: string,
  tensor: RawTensor,
  firstHead: number,
  heads: number,
  rowsPerHead: number,
  rows: number,
  dim: number,
): number {
  let total = 0;
  for (let head = firstHead; head < firstHead + heads; head++) {
    const start = head * rowsPerHead * dim;
    total += requireFiniteSquares(what, tensor, start, start + rows * dim);
  }
  return total;
}

/**
 * The sum of the squares of the numbers from `start` to `end`.
 *
 * @throws ParameterError if one is not finite.
 */
export function requireFiniteSquares(what: string, tensor: RawTensor, start: number, end: number): number {
  let total = 0;
  let from = start;
  for (const chunk of float32Chunks(tensor, start, end)) {
    // Squares of float32 numbers are finite in float64, so the sum is finite exactly if every number is.
    let squares = 0;
    for (let index = 0; index < chunk.length; index++) squares += chunk[index] * chunk[index];
    if (!Number.isFinite(squares)) throw notFinite(what, from, chunk);
    total += squares;
    from += chunk.length;
  }
  return total;
}

function notFinite(what: string, start: number, chunk: Float32Array): ParameterError {
  const index = chunk.findIndex((number) => !Number.isFinite(number));
  return new ParameterError({
    what: `${what}.data[${start + index}]`,
    got: String(chunk[index]),
    wanted: 'a finite number',
    hint: paddingHint(what),
  });
}
