// Lists from callers: each entry is read once, by index. A list that returns something else the second time, or iterates over something
// else, would pass a check and be copied with other values.
import { describe, expect, it } from 'vitest';
import type { AttentionProblem } from '../src/index.ts';
import {
  ParameterError,
  ShapeError,
  alibi,
  bucketed,
  dynamicPosition,
  fire,
  kerpleLog,
  numberToBfloat16,
  numberToFloat16,
  perOffset,
  planAttention,
  swin,
  t5,
} from '../src/index.ts';
import { readInputs } from '../src/backend/index.ts';

/** Iterates over numbers other than its entries. */
class InconsistentList extends Array<number> {
  override *[Symbol.iterator](): ArrayIterator<number> {
    yield* [4_000_000, 4_000_000];
  }
}

/** Each entry is valid the first time it is read, and out of bounds from then on. */
function changing(entries: readonly number[]): number[] {
  const read = new Set<string | symbol>();
  return new Proxy([...entries], {
    get(target, name, receiver) {
      if (!/^\d+$/.test(String(name))) return Reflect.get(target, name, receiver) as unknown;
      const again = read.has(name);
      read.add(name);
      return again ? 4_000_000 : (Reflect.get(target, name, receiver) as unknown);
    },
  });
}

const SIZES = { batch: 2, heads: 1, queries: 2, keys: 2, headDim: 1 };
const PLACES: readonly [
  string,
  (list: number[]) => Partial<AttentionProblem>,
  (plan: ReturnType<typeof planAttention>) => Int32Array,
][] = [
  ['keyLengths', (keyLengths) => ({ mask: { keyLengths } }), ({ mask }) => mask.keyLengths],
  ['queryStart', (queryStart) => ({ queryStart }), ({ positions }) => positions.queryStart ?? new Int32Array()],
  ['positions.key', (key) => ({ positions: { query: [0, 0], key } }), ({ positions }) => positions.key.subarray(0, 2)],
  [
    'segments.query',
    (query) => ({ mask: { segments: { query, key: [0, 0] } } }),
    ({ mask }) => (mask.querySegments ?? new Int32Array()).subarray(0, 2),
  ],
];

describe.each(PLACES)('%s', (_name, place, read) => {
  it('reads the entries, not an iterator', () => {
    const list = InconsistentList.from([1, 2]) as InconsistentList;
    [list[0], list[1]] = [1, 2];
    list.length = 2;
    expect([...read(planAttention({ ...SIZES, ...place(list) }))]).toEqual([1, 2]);
  });

  it('reads each entry once', () => {
    expect([...read(planAttention({ ...SIZES, ...place(changing([1, 2])) }))]).toEqual([1, 2]);
  });
});

it('reads each field of a problem once', () => {
  let reads = 0;
  const problem = {
    ...SIZES,
    get queryStart() {
      return reads++ === 0 ? 1 : 2 ** 40;
    },
  };
  expect([...(planAttention(problem).positions.queryStart ?? [])]).toEqual([1, 1]);
});

describe('parameters', () => {
  const FAMILIES: readonly [
    string,
    number[],
    (list: never) => { readonly parameters: Readonly<Record<string, { data: Float64Array }>> },
    string,
  ][] = [
    ['t5.table', Array.from({ length: 32 }, (_, index) => index / 8), (table) => t5({ heads: 1, table }), 'table'],
    ['perOffset.table', [1, 2, 3], (table) => perOffset({ heads: 1, maxDistance: 1, table }), 'table'],
    ['swin.table', [1, 2, 3], (table) => swin({ heads: 1, windowHeight: 1, windowWidth: 2, table }), 'table'],
    [
      'bucketed.table',
      [1, 2],
      (table) => bucketed({ heads: 1, buckets: 2, bucket: (distance) => Number(distance > 0), table }),
      'table',
    ],
    ['alibi.slopes', [0.5, 0.25], (slopes) => alibi({ heads: 2, slopes, learned: true }), 'slopes'],
    ['kerple.r1', [1, 2], (r1) => kerpleLog({ heads: 2, r1, r2: [1, 1] }), 'r1'],
    ['fire.w1', [1, 2], (w1) => fire({ heads: 1, w1, b1: [0, 0], w2: [1, 1], b2: [0] }), 'w1'],
    ['fire.w2', [1, 2], (w2) => fire({ heads: 1, w1: [1, 1], b1: [0, 0], w2, b2: [0] }), 'w2'],
    ['layers[0].bias', [1, 2], (one) => dynamicPosition({ heads: 2, layers: [{ weight: [1, 1], bias: one }] }), 'bias0'],
  ];

  it.each(FAMILIES)('%s: reads each entry once', (_name, numbers, make, parameter) => {
    const { parameters } = make(changing(numbers) as never);
    expect([...parameters[parameter].data]).toEqual(numbers);
  });

  it.each(FAMILIES)('%s: refuses the bits of halves, and integers without a scale', (_name, numbers, make) => {
    for (const list of [Uint16Array.from(numbers, numberToBfloat16), Int8Array.from(numbers), Uint32Array.from(numbers)]) {
      expect(() => make(list as never)).toThrow(ParameterError);
      expect(() => make(list as never)).toThrow(/wanted real numbers\. Pass the bits of halves as a tensor/);
    }
  });

  it.each(FAMILIES)('%s: accepts a tensor of halves as numbers', (_name, numbers, make) => {
    const shape = [numbers.length];
    const lists = [
      { data: Uint16Array.from(numbers, numberToBfloat16), shape, dtype: 'bfloat16' },
      { data: Uint16Array.from(numbers, numberToFloat16), shape, dtype: 'float16' },
      { data: Float32Array.from(numbers), shape: [...shape, 1], dtype: 'float32' },
    ];
    const plain = Object.values(make(numbers as never).parameters).map(({ data }) => [...data]);
    for (const list of lists) expect(Object.values(make(list as never).parameters).map(({ data }) => [...data])).toEqual(plain);
  });

  it.each([
    ['T5', (table: never) => t5({ heads: 2, table }), [2, 32], '[32, 2]'],
    ['per-offset', (table: never) => perOffset({ heads: 2, maxDistance: 3, table }), [7, 2], '[2, 7]'],
    ['Swin', (table: never) => swin({ heads: 2, windowHeight: 2, windowWidth: 2, table }), [2, 9], '[9, 2]'],
    ['FIRE', (w2: never) => fire({ heads: 3, w1: [1, 1], b1: [0, 0], w2, b2: [0, 0, 0] }), [2, 3], '[3, 2]'],
  ] as const)('%s: refuses a transposed tensor', (_name, make, shape, wanted) => {
    const transposed = { data: new Float32Array(shape[0] * shape[1]), shape, dtype: 'float32' };
    expect(() => make(transposed as never)).toThrow(ShapeError);
    expect(() => make(transposed as never)).toThrow(`got the shape [${shape.join(', ')}], wanted ${wanted}. Transpose it first`);
  });
});

it.each([
  ['a list', [1, 2, 3]],
  ['a tensor', { data: new Float32Array(3), shape: [3], dtype: 'float32' }],
])('%s that is far too short for its family is refused before room is made for what is missing', (_name, table) => {
  const call = (): unknown => perOffset({ heads: 65536, maxDistance: 2 ** 23 - 1, table: table as never });
  expect(call).toThrow(ShapeError);
  expect(call).toThrow(/per-offset\.table of \[heads, buckets\].*: got /);
});

describe('tensors', () => {
  const plan = planAttention({ heads: 1, queries: 2, keys: 2, headDim: 1 });
  const one = Float32Array.of(1, 2);

  it('are read by their data, whatever a subclass overrides', () => {
    class Longer extends Float32Array {
      override get length(): number {
        return 2;
      }
    }
    const short = new Longer(1);
    expect(() => readInputs(plan, short, one, one)).toThrow('query: got 1 numbers, wanted 2');
    const read = readInputs(plan, new (class extends Float32Array {})([3, 4]), one, one);
    expect(Object.getPrototypeOf(read.query)).toBe(Float32Array.prototype);
    expect([...read.query]).toEqual([3, 4]);
  });

  it('have each field read once', () => {
    let reads = 0;
    const tensor = {
      shape: [1, 1, 2, 1],
      dtype: 'float32' as const,
      get data() {
        return reads++ === 0 ? one : new Float32Array(1);
      },
    };
    expect([...readInputs(plan, tensor, one, one).query]).toEqual([1, 2]);
  });
});
