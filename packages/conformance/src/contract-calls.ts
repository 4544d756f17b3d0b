// Wrong calls that every backend must refuse by rejecting with the right class: wrong problems for `prepare`, wrong inputs for `run`.
// Values are typed `unknown`: a type checker would refuse most of them, but JavaScript callers have none.
import type { AttentionProblem } from '@relbias/bias-spec';
import { ParameterError, ShapeError, alibi } from '@relbias/bias-spec';

type ErrorClass = typeof ParameterError | typeof ShapeError;

/** A valid problem, in which one field is replaced by a wrong one. */
export const SOUND: AttentionProblem = { batch: 2, heads: 4, keyValueHeads: 2, queries: 3, keys: 5, headDim: 4 };

export interface WrongProblem {
  readonly name: string;
  /** The fields to replace; `whole` replaces the whole problem. */
  readonly fields: Readonly<Record<string, unknown>> | { readonly whole: unknown };
  readonly error: ErrorClass;
}

export const WRONG_PROBLEMS: readonly WrongProblem[] = [
  { name: 'null', fields: { whole: null }, error: ParameterError },
  { name: 'heads-0', fields: { heads: 0 }, error: ParameterError },
  { name: 'heads-text', fields: { heads: '4' }, error: ParameterError },
  { name: 'queries-fraction', fields: { queries: 1.5 }, error: ParameterError },
  { name: 'keys-missing', fields: { keys: undefined }, error: ParameterError },
  { name: 'head-dim-nan', fields: { headDim: NaN }, error: ParameterError },
  { name: 'key-value-heads-3-of-4', fields: { keyValueHeads: 3 }, error: ShapeError },
  { name: 'bias-text', fields: { bias: 'alibi' }, error: ParameterError },
  { name: 'bias-for-other-heads', fields: { bias: alibi({ heads: 8 }) }, error: ShapeError },
  { name: 'scale-0', fields: { scale: 0 }, error: ParameterError },
  { name: 'bias-scale-infinite', fields: { biasScale: Infinity }, error: ParameterError },
  { name: 'softcap-negative', fields: { softcap: -1 }, error: ParameterError },
  { name: 'convention-unknown', fields: { convention: 'after' }, error: ParameterError },
  { name: 'numerics-unknown', fields: { numerics: 'exact' }, error: ParameterError },
  { name: 'misspelt-field', fields: { casual: true }, error: ParameterError },
  { name: 'misspelt-mask', fields: { mask: { casual: true } }, error: ParameterError },
  { name: 'window-negative', fields: { mask: { window: { left: -1 } } }, error: ParameterError },
  { name: 'key-lengths-for-one-row', fields: { mask: { keyLengths: [5] } }, error: ShapeError },
  { name: 'key-length-past-keys', fields: { mask: { keyLengths: [5, 6] } }, error: ParameterError },
  { name: 'segments-too-short', fields: { mask: { segments: { query: [0, 0], key: [0, 0, 0, 0, 0] } } }, error: ShapeError },
  { name: 'query-start-for-three-rows', fields: { queryStart: [1, 2, 3] }, error: ShapeError },
  {
    name: 'query-start-and-positions',
    fields: { queryStart: 0, positions: { query: [0, 1, 2], key: [0, 1, 2, 3, 4] } },
    error: ParameterError,
  },
  { name: 'position-fraction', fields: { positions: { query: [0, 0.5, 1], key: [0, 1, 2, 3, 4] } }, error: ParameterError },
];

export interface WrongInput {
  readonly name: string;
  /** The input to replace, and its replacement, made from the right data. */
  readonly input: 'query' | 'key' | 'value';
  readonly wrong: (right: Float32Array, shape: readonly number[]) => unknown;
  readonly error: ErrorClass;
}

const withNumber =
  (bad: number) =>
  (right: Float32Array): Float32Array =>
    right.map((one, index) => (index === 7 ? bad : one));

export const WRONG_INPUTS: readonly WrongInput[] = [
  { name: 'undefined', input: 'query', wrong: () => undefined, error: ParameterError },
  { name: 'plain-array', input: 'query', wrong: (right) => [...right], error: ParameterError },
  { name: 'too-short', input: 'query', wrong: (right) => right.subarray(1), error: ShapeError },
  { name: 'too-long', input: 'key', wrong: (right) => Float32Array.of(...right, 0), error: ShapeError },
  {
    name: 'shape-transposed',
    input: 'key',
    wrong: (data, shape) => ({ data, shape: shape.toReversed(), dtype: 'float32' }),
    error: ShapeError,
  },
  {
    name: 'shape-of-rank-3',
    input: 'value',
    wrong: (data, shape) => ({ data, shape: shape.slice(1), dtype: 'float32' }),
    error: ShapeError,
  },
  { name: 'dtype-unknown', input: 'value', wrong: (data, shape) => ({ data, shape, dtype: 'float64' }), error: ParameterError },
  {
    name: 'dtype-of-other-data',
    input: 'query',
    wrong: (data, shape) => ({ data, shape, dtype: 'bfloat16' }),
    error: ParameterError,
  },
  { name: 'query-nan', input: 'query', wrong: withNumber(NaN), error: ParameterError },
  { name: 'key-infinite', input: 'key', wrong: withNumber(-Infinity), error: ParameterError },
  { name: 'value-nan', input: 'value', wrong: withNumber(NaN), error: ParameterError },
];
