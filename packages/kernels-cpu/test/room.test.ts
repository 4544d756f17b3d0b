// Lack of memory: an allocation that fails is reported with what it was for, and the next call works.
import type { AttentionProblem, Dtype, Tensor } from '@relbias/bias-spec';
import { UnsupportedError, alibi } from '@relbias/bias-spec';
import { CPU_KERNEL_NAMES, createCpuBackendSync } from '@relbias/kernels-cpu';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { drawTensor } from './draw.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Until vi.unstubAllGlobals, allocating an array of this many numbers or more fails, as if memory were full. */
function allowLess(count: number): void {
  const Limited = new Proxy(Float32Array, {
    construct(target, given: [number], newTarget) {
      if (typeof given[0] === 'number' && given[0] >= count) throw new RangeError('Array buffer allocation failed');
      return Reflect.construct(target, given, newTarget);
    },
  });
  vi.stubGlobal('Float32Array', Limited);
}

/** Refused with this message below the allowed size, and accepted from there on. */
function expectRefused<T>(count: number, message: RegExp, call: () => T): T {
  allowLess(count);
  expect(call).toThrow(UnsupportedError);
  expect(call).toThrow(message);
  vi.unstubAllGlobals();
  return call();
}

const sizes = { heads: 2, queries: 5, keys: 7, headDim: 3 };

function inputs(problem: AttentionProblem, dtype: Dtype = 'float32'): Tensor[] {
  const { heads, queries, keys, headDim, valueDim = headDim } = problem;
  return [
    drawTensor('query', 1, heads, queries, headDim, dtype),
    drawTensor('key', 1, heads, keys, headDim, dtype),
    drawTensor('value', 1, heads, keys, valueDim, dtype),
  ];
}

describe.each(CPU_KERNEL_NAMES)('%s', (kernel) => {
  const backend = createCpuBackendSync({ kernel });

  test('output', async () => {
    const problem = { ...sizes, valueDim: 1000 };
    const prepared = backend.prepareSync(problem);
    const [query, key, value] = inputs(problem);
    const wanted = prepared.runSync(query, key, value);
    expect(expectRefused(10_000, /no room for 0\.0 MiB of output \(Array/, () => prepared.runSync(query, key, value))).toEqual(
      wanted,
    );
    allowLess(10_000);
    await expect(prepared.run(query, key, value)).rejects.toThrow(/of output .*Split the batch, the heads or the queries/);
  });
});

test('tables of a bias', () => {
  const problem = { ...sizes, heads: 50, keys: 3000, bias: alibi({ heads: 50 }) };
  // Padding makes them longer than the tables of the plan.
  const backend = createCpuBackendSync();
  const message = /no room for the tables of a bias of 50 heads from distance -4 to 2999/;
  expectRefused(151_000, message, () => backend.prepareSync(problem));
});

test.each(['naive', 'online'] as const)('copies of halves, %s', (kernel) => {
  const problem = { ...sizes, keys: 5000 };
  const prepared = createCpuBackendSync({ kernel }).prepareSync(problem);
  const [query, key, value] = inputs(problem, 'bfloat16');
  expectRefused(20_000, /no room for copies of 0\.1 MiB of inputs/, () => prepared.runSync(query, key, value));
});

describe('a cache', () => {
  const backend = createCpuBackendSync();

  test('output', () => {
    const cache = backend.createCacheSync({ heads: 1, headDim: 1, valueDim: 1000 });
    cache.append(new Float32Array(50), new Float32Array(50_000));
    expectRefused(20_000, /of output/, () => cache.attendSync(new Float32Array(20)));
  });

  test('tables of a bias, at creation and when it grows', () => {
    const options = { heads: 40, headDim: 1, bias: alibi({ heads: 40 }) };
    expectRefused(82_000, /a bias of 40 heads over 1024 tokens/, () => backend.createCacheSync({ ...options, capacity: 1000 }));
    const cache = backend.createCacheSync(options);
    const tokens = new Float32Array(40 * 1000).fill(1);
    allowLess(82_000);
    expect(() => cache.append(tokens, tokens)).toThrow(/a bias of 40 heads over 1024 tokens/);
    expect([cache.length, cache.capacity]).toEqual([0, 256]);
    vi.unstubAllGlobals();
    cache.append(tokens, tokens);
    expect(cache.length).toBe(1000);
  });

  test('a capacity beyond 32-bit addresses is refused before a bias is lowered for so many tokens', () => {
    const inner = alibi({ heads: 2 });
    let lowered = 0;
    const lower: typeof inner.lower = (positions) => {
      lowered = Math.max(lowered, positions.query.length);
      return inner.lower(positions);
    };
    const bias = Object.create(inner, { lower: { value: lower } });
    const options = { heads: 2, headDim: 128, bias };
    expect(() => backend.createCacheSync({ ...options, capacity: 2 ** 23 })).toThrow(
      /16384\.0 MiB of memory.*split the batch or the heads/,
    );
    expect(lowered).toBe(1);
    backend.createCacheSync({ ...options, capacity: 64 });
    expect(lowered).toBe(64);
  });

  test('reading its keys and values again', () => {
    const cache = backend.createCacheSync({ heads: 1, headDim: 1 });
    const tokens = new Float32Array(2000).fill(2 ** 40);
    cache.append(tokens, tokens);
    expectRefused(2000, /copies of 0\.0 MiB of keys and values/, () => cache.attendSync(Float32Array.of(2 ** 82)));
  });
});

test.each(['Memory', 'Instance'] as const)('no WebAssembly.%s', (what) => {
  const refuse = function refuse(): never {
    throw new RangeError(`WebAssembly.${what}(): Out of memory`);
  };
  // The first backend of the process has tried the variants already.
  createCpuBackendSync();
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { [what]: refuse }));
  expect(() => createCpuBackendSync()).toThrow(UnsupportedError);
  expect(() => createCpuBackendSync()).toThrow(/no room for 0\.1 MiB of WebAssembly memory .*'online'/);
});
