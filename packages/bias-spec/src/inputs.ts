// Reading one call's inputs and options against a plan: shapes and dtypes checked, refused what float32 cannot carry through, halves widened
// where a backend has no use for their bits.
import type { RunOptions } from './backend.ts';
import { requireBoolean, requireKnownKeys } from './check.ts';
import { ParameterError, show } from './errors.ts';
import { hasRoom, requireNoOverflow } from './overflow.ts';
import type { AttentionPlan } from './problem.ts';
import { shapesOf } from './problem.ts';
import type { RawTensor, TensorLike } from './tensor.ts';
import { float32Pieces, rawTensor, requireTensor, widened } from './tensor.ts';

/** One call's query, key and value as float32, row-major in the shapes of `shapesOf(plan)`. */
export interface Inputs {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** One call's query, key and value in the dtypes they came in, which may differ, over the caller's own memory. */
export interface RawInputs {
  readonly query: RawTensor;
  readonly key: RawTensor;
  readonly value: RawTensor;
}

/**
 * Checks the inputs of one call and leaves them in their dtypes.
 *
 * NaN and infinities are refused because backends could not agree on them: IEEE spreads NaN over a row, GPUs may drop it.
 * So are products and sums that float32 cannot hold, for the same reason. Keys and values past a batch row's key length are padding and
 * may hold anything.
 *
 * @throws ShapeError, ParameterError naming the tensor, and the element where it is one.
 */
export function checkInputs(plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike): RawInputs {
  const shapes = shapesOf(plan);
  const inputs = {
    query: rawTensor(requireTensor('query', query, shapes.query)),
    key: rawTensor(requireTensor('key', key, shapes.key)),
    value: rawTensor(requireTensor('value', value, shapes.value)),
  };
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
  return inputs;
}

/** The same numbers as float32: tensors that are float32 already as they are, exact copies of the others. */
export function widenInputs({ query, key, value }: RawInputs): Inputs {
  return { query: widened(query), key: widened(key), value: widened(value) };
}

/**
 * Checks and reads the inputs of one call as float32, for backends that have no use for the bits of halves.
 *
 * @throws as `checkInputs`.
 */
export function readInputs(plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike): Inputs {
  return widenInputs(checkInputs(plan, query, key, value));
}

/** Refuses inputs whose buffers were transferred or resized since they were read; for runs that had to wait. */
export function requireWhole(plan: AttentionPlan, inputs: Inputs | RawInputs): void {
  const shapes = shapesOf(plan);
  for (const name of ['query', 'key', 'value'] as const) {
    const size = shapes[name].reduce((product, extent) => product * extent, 1);
    const tensor = inputs[name];
    if (('data' in tensor ? tensor.data : tensor).length === size) continue;
    throw new ParameterError({
      what: name,
      got: 'a buffer that was transferred or resized during the run',
      wanted: 'tensors that stay as they are until it settles',
    });
  }
}

/**
 * The options of one call, checked: a misspelt name or a signal that is none would be a silent mistake.
 *
 * @throws ParameterError naming the option.
 */
export function readRunOptions(options: RunOptions = {}, known: readonly (keyof RunOptions)[] = RUN_OPTIONS): RunOptions {
  requireKnownKeys('options', options, known);
  // Read once, and handed on as read.
  const { logSumExp, signal, progress } = options;
  if (logSumExp !== undefined) requireBoolean('options.logSumExp', logSumExp);
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.throwIfAborted !== 'function') {
    throw new ParameterError({ what: 'options.signal', got: show(signal), wanted: 'an AbortSignal' });
  }
  if (progress !== undefined && typeof progress !== 'function') {
    throw new ParameterError({ what: 'options.progress', got: show(progress), wanted: 'a function' });
  }
  return { logSumExp, signal, progress };
}

const RUN_OPTIONS: readonly (keyof RunOptions)[] = ['logSumExp', 'signal', 'progress'];

/** The sum of the squares of the first `rows` rows of each of these heads, all of them finite. */
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
 * @throws ParameterError where one is not finite.
 */
export function requireFiniteSquares(what: string, tensor: RawTensor, start: number, end: number): number {
  let total = 0;
  let from = start;
  for (const piece of float32Pieces(tensor, start, end)) {
    // The square of a float32 is finite in float64, so that only a number that is not finite keeps the sum from being so.
    let squares = 0;
    for (let index = 0; index < piece.length; index++) squares += piece[index] * piece[index];
    if (!Number.isFinite(squares)) throw notFinite(what, from, piece);
    total += squares;
    from += piece.length;
  }
  return total;
}

function notFinite(what: string, start: number, piece: Float32Array): ParameterError {
  const index = piece.findIndex((number) => !Number.isFinite(number));
  return new ParameterError({
    what: `${what}.data[${start + index}]`,
    got: String(piece[index]),
    wanted: 'a finite number',
    hint: 'Padding belongs past mask.keyLengths, where it may hold anything.',
  });
}
