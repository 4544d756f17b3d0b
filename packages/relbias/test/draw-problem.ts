// Draws attention problems with their inputs: all families, masks, positions, grouped heads, dtypes, and numbers that round the same way or differ
// widely in size. Every choice comes from one source of uniform numbers, so a search can change a choice and keep the others.
import type { AttentionProblem, Bias, Mask, Random, Tensor } from '@relbias/bias-spec';
import {
  CONVENTIONS,
  builtinFamilies,
  fire,
  numberToBfloat16,
  numberToFloat16,
  perOffset,
  planAttention,
  shapesOf,
  toFloat32,
} from '@relbias/bias-spec';
import { bellShaped, seeded } from '@relbias/conformance';

/** One drawn problem. */
export interface Drawn {
  readonly problem: AttentionProblem;
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** The same numbers in float32. */
  readonly wide: { readonly query: Float32Array; readonly key: Float32Array; readonly value: Float32Array };
  /** The problem and the kinds of its inputs, for messages. */
  readonly told: string;
}

/** The maximum number of multiply-adds: all backends and the oracle then take some hundredths of a second. */
const MOST_WORK = 60_000;

/** Planning never refuses it, but intermediate results of its inputs may overflow float32. */
export function drawProblem(random: Random): Drawn {
  const count = (most: number): number => 1 + Math.floor(random() * most);
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)];
  const maybe = <T>(share: number, value: () => T): T | undefined => (random() < share ? value() : undefined);
  const between = (low: number, high: number): number => low + random() * (high - low);

  const { bias, heads, tokens, what } = drawBias(random);
  const keyValueHeads = oneOf(Array.from({ length: heads }, (_, index) => index + 1).filter((one) => heads % one === 0));
  const batch = count(2);
  // Families with token counts of their own leave less room.
  const dims = [1, 2, 3, 4, 5, 8, 8, 16, 31, 32, 64, 72, 96, 128, 192, 256, 1024];
  const headDim = oneOf(tokens === undefined ? dims : dims.slice(0, 8));
  const valueDim =
    maybe(0.5, () => oneOf(tokens === undefined ? [1, 3, 4, 8, 12, 17, 64, 160] : [1, 3, 12])) ?? Math.min(headDim, 64);
  const most = Math.max(1, Math.floor(MOST_WORK / (batch * heads * (headDim + valueDim))));
  const keys = tokens ?? Math.min(count(oneOf([8, 24, 80, 200])), most);
  const queries = tokens ?? Math.max(1, Math.min(count(oneOf([1, 8, 40])), Math.floor(most / keys)));
  const integers = (length: number, low: number, high: number): number[] =>
    Array.from({ length }, () => Math.floor(between(low, high + 1)));

  const placed = tokens === undefined;
  const positions = placed
    ? maybe(0.15, () => ({ query: integers(queries, -keys, 2 * keys), key: integers(keys, -keys, 2 * keys) }))
    : undefined;
  const keyLengths = maybe(0.15, () => integers(batch, 0, keys));
  const queryStart =
    placed && positions === undefined && (keyLengths !== undefined || random() < 0.4)
      ? integers(batch, -keys, 2 * keys)
      : undefined;
  const mask: Mask = {
    causal: random() < 0.4,
    window: maybe(0.2, () => ({ left: Math.floor(between(0, keys)), right: maybe(0.5, () => Math.floor(between(0, keys))) })),
    keyLengths,
    segments: maybe(0.15, () => ({ query: integers(queries, 0, 2), key: integers(keys, 0, 2) })),
  };
  const problem: AttentionProblem = {
    batch,
    heads,
    keyValueHeads,
    queries,
    keys,
    headDim,
    valueDim,
    bias,
    convention: maybe(0.2, () => oneOf(CONVENTIONS)),
    scale: maybe(0.25, () => 10 ** (random() < 0.2 ? between(-30, 30) : between(-3, 1))),
    biasScale: maybe(0.25, () => between(-3, 3) * (random() < 0.1 ? 10 ** between(-20, 20) : 1)),
    // Not smaller, relative to the scale, than planning accepts.
    softcap: maybe(0.2, () => 10 ** (random() < 0.1 ? between(-7, 37) : between(-2, 3))),
    mask,
    positions,
    queryStart,
  };
  const shapes = shapesOf(planAttention(problem));
  const [query, key, value] = (['query', 'key', 'value'] as const).map((name) => drawTensor(shapes[name], random));
  const tensors = { query: query.tensor, key: key.tensor, value: value.tensor };
  const wide = { query: toFloat32(query.tensor), key: toFloat32(key.tensor), value: toFloat32(value.tensor) };
  const inputs = `query ${query.what}, key ${key.what}, value ${value.what}`;
  return { problem, ...tensors, wide, told: `${JSON.stringify({ ...problem, bias: what })}; ${inputs}` };
}

/** The cases of the families, and others with larger numbers; with the heads and tokens that they require. */
function drawBias(random: Random): { bias: Bias; heads: number; tokens: number | undefined; what: string } {
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)];
  const heads = oneOf([1, 1, 2, 2, 3, 4, 6]);
  const numbers = (length: number, size: number): number[] => Array.from({ length }, () => size * (2 * random() - 1));
  const kind = random();
  if (kind < 0.1) {
    const size = 10 ** (-2 + 5 * random());
    const offset = random() < 0.5 ? 0 : 10 * size;
    const table = numbers(heads * 33, size).map((one) => one + offset);
    return { bias: perOffset({ heads, maxDistance: 16, table }), heads, tokens: undefined, what: `perOffset of ${size}` };
  }
  if (kind < 0.3) {
    // Large weights of both signs: slopes and intercepts of the pieces then cancel.
    const width = 1 + Math.floor(random() * 8);
    const size = 10 ** (-1 + 3 * random());
    const [w1, b1, w2, b2] = [width, width, heads * width, heads].map((length) => numbers(length, size));
    const c = 10 ** (-6 + 8 * random());
    const threshold = 10 ** (4 * random() - 1);
    const future = oneOf(['unsigned', 'signed', 'zero'] as const);
    const bias = fire({ heads, w1, b1, w2, b2, c, threshold, future });
    return {
      bias,
      heads,
      tokens: undefined,
      what: `fire of ${width} units of ${size}, c ${c}, threshold ${threshold}, ${future}`,
    };
  }
  const definition = oneOf(builtinFamilies);
  const familyCase = oneOf(definition.cases);
  const fitting = familyCase.heads === undefined || familyCase.heads.includes(heads) ? heads : oneOf(familyCase.heads);
  return {
    bias: familyCase.create(fitting, random),
    heads: fitting,
    tokens: familyCase.tokens,
    what: `${definition.name}.${familyCase.name}`,
  };
}

/** A kind of numbers: the one in a row and column of [rows, dim]. */
type Pattern = (row: number, column: number, own: Random) => number;

/** The distributions of the kinds. */
const PATTERNS: Readonly<Record<string, (size: number, dim: number, numbers: Random) => Pattern>> = {
  bell: () => (_row, _column, own) => bellShaped(own),
  zeros: () => () => 0,
  'one constant': (size) => () => size,
  'constant rows': (_size, _dim, numbers) => byIndex(numbers, (row) => row),
  'equal rows': (_size, _dim, numbers) => byIndex(numbers, (_row, column) => column),
  'alternating signs': (size) => (_row, column) => size * (-1) ** column,
  'outliers in places': () => (_row, _column, own) => bellShaped(own) * (own() < 0.03 ? 10 ** (4 * own()) : 1),
  'outliers in columns': (_size, dim, numbers) => {
    const large = Math.floor(numbers() * dim);
    return (_row, column, own) => bellShaped(own) * (column === large ? 1000 : 1);
  },
  offset: (size) => (_row, _column, own) => 100 * size + bellShaped(own),
  'a wide range': () => (_row, _column, own) => Math.sign(own() - 0.5) * 2 ** (80 * own() - 60),
  'all of float32': () => (_row, _column, own) => Math.sign(own() - 0.5) * 2 ** (240 * own() - 149),
  'below its normal range': () => (_row, _column, own) => Math.sign(own() - 0.5) * 2 ** (30 * own() - 149),
};

/** The same bell-shaped number for the same index. */
function byIndex(numbers: Random, index: (row: number, column: number) => number): Pattern {
  const drawn: number[] = [];
  return (row, column) => (drawn[index(row, column)] ??= bellShaped(numbers));
}

/** The largest number of float16. */
const FLOAT16_MAX = 65504;

function drawTensor(shape: readonly number[], random: Random): { tensor: Tensor; what: string } {
  const dim = shape[shape.length - 1];
  const length = shape.reduce((product, extent) => product * extent, 1);
  const names = Object.keys(PATTERNS);
  // The last two are rare: most of their problems are refused, or give 0.
  const name = names[Math.floor(random() * (random() < 0.1 ? names.length : names.length - 2))];
  const size = 2 * random() - 1;
  const factor = random() < 0.35 ? 10 ** (4 * random() - 2) : 1;
  const dtype = (['float32', 'float32', 'bfloat16', 'float16'] as const)[Math.floor(random() * 4)];
  // A source of its own: how many numbers are taken from it depends on the shape.
  const own = seeded(String(random()));
  const pattern = PATTERNS[name](size, dim, own);
  const data = Float32Array.from({ length }, (_, index) => factor * pattern(Math.floor(index / dim), index % dim, own));
  const what = `${dtype}, ${name} (${size}) times ${factor}`;
  if (dtype === 'float32') return { tensor: { data, shape, dtype }, what };
  const half =
    dtype === 'bfloat16'
      ? numberToBfloat16
      : (one: number) => numberToFloat16(Math.min(FLOAT16_MAX, Math.max(-FLOAT16_MAX, one)));
  return { tensor: { data: Uint16Array.from(data, half), shape, dtype }, what };
}
