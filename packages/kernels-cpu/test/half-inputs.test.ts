// Half-precision inputs: widened exactly, with the bits of the float32 problem as the result, and without a float32 copy of a whole tensor.
import type { AttentionProblem, Dtype, Tensor } from '@relbias/bias-spec';
import {
  alibi,
  bfloat16ToNumber,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
  planAttention,
  shapesOf,
  toFloat32,
} from '@relbias/bias-spec';
import { CPU_KERNEL_NAMES, createCpuBackendSync } from '@relbias/kernels-cpu';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MAXIMUM_PAGES, compileAttendSync, instantiateAttend } from '../src/wasm/module.ts';
import { viewsOf } from '../src/wasm/views.ts';
import { draw } from './draw.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const NARROW = { float16: numberToFloat16, bfloat16: numberToBfloat16 };

function narrowed(data: Float32Array, shape: readonly number[], dtype: Dtype): Tensor {
  return { data: dtype === 'float32' ? data : Uint16Array.from(data, NARROW[dtype]), shape, dtype };
}

/** query, key and value of a problem in these dtypes. */
function drawn(problem: AttentionProblem, dtypes: readonly Dtype[], seed?: string): [Tensor, Tensor, Tensor] {
  const { query, key, value } = shapesOf(planAttention(problem));
  const data = draw(problem, seed);
  const [q, k, v] = [query, key, value].map((shape, index) => narrowed(data[index], shape, dtypes[index]));
  return [q, k, v];
}

describe('widening in the memory of the kernel', () => {
  const memory = new WebAssembly.Memory({ initial: 8, maximum: MAXIMUM_PAGES });
  const kernel = instantiateAttend(compileAttendSync({ variant: 'simd', shared: false }), memory);
  const { putTensor } = viewsOf({ memory, kernel });
  const TO = 4096;

  test.each([
    ['float16', float16ToNumber],
    ['bfloat16', bfloat16ToNumber],
  ] as const)('every pattern of %s, with its sign, subnormal, infinite or not a number', (dtype, widen) => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    putTensor({ dtype, data: bits }, 0, bits.length, TO);
    const got = new Float32Array(memory.buffer, TO, bits.length);
    expect([...bits].filter((one) => !Object.is(got[one], widen(one)))).toEqual([]);
  });

  test('any part of a tensor, without writing outside its place', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.constantFrom('float16', 'bfloat16'), (start, count, dtype) => {
        const data = Uint16Array.from({ length: 100 }, (_, index) => NARROW[dtype](index - 50));
        const floats = new Float32Array(memory.buffer, TO, 42).fill(7777);
        putTensor({ dtype, data }, start, count, TO + 4);
        expect([...floats.subarray(1, 1 + count)]).toEqual(Array.from({ length: count }, (_, index) => start + index - 50));
        expect([floats[0], floats[1 + count]]).toEqual([7777, 7777]);
      }),
    );
  });
});

describe.each(CPU_KERNEL_NAMES)('%s', (kernel) => {
  test('the bits of the same numbers as float32, for any mix of dtypes', () => {
    const backend = createCpuBackendSync({ kernel });
    const dtype = fc.constantFrom<Dtype>('float32', 'float16', 'bfloat16');
    const sizes = fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      queries: fc.integer({ min: 1, max: 9 }),
      keys: fc.integer({ min: 1, max: 150 }),
      headDim: fc.integer({ min: 1, max: 13 }),
      valueDim: fc.integer({ min: 1, max: 17 }),
      keyValueHeads: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(sizes, dtype, dtype, dtype, fc.string(), (given, q, k, v, seed) => {
        const problem = { ...given, heads: 2, bias: alibi({ heads: 2 }) };
        const halves = drawn(problem, [q, k, v], seed);
        const [query, key, value] = halves.map(toFloat32);
        const prepared = backend.prepareSync(problem);
        expect(prepared.runSync(...halves, { logSumExp: true })).toEqual(
          prepared.runSync(query, key, value, { logSumExp: true }),
        );
        prepared.dispose();
      }),
      { numRuns: 60 },
    );
  });
});

describe('memory', () => {
  const problem: AttentionProblem = { batch: 2, heads: 4, queries: 1, keys: 4096, headDim: 64, bias: alibi({ heads: 4 }) };
  const tensor = 2 * 4 * 4096 * 64;

  /** The size of the largest float32 array in JavaScript while a kernel ran this. */
  function greatestArray(kernel: 'naive' | 'wasm'): number {
    const inputs = drawn(problem, ['bfloat16', 'float16', 'bfloat16']);
    const prepared = createCpuBackendSync({ kernel }).prepareSync(problem);
    let greatest = 0;
    class Recorded extends Float32Array {
      constructor(...given: [number]) {
        super(...given);
        if (typeof given[0] === 'number') greatest = Math.max(greatest, given[0]);
      }
    }
    vi.stubGlobal('Float32Array', Recorded);
    prepared.runSync(...inputs);
    vi.unstubAllGlobals();
    return greatest;
  }

  test('no float32 copy of a whole tensor', () => {
    // The readable kernels make one, which shows that this test detects it.
    expect(greatestArray('naive')).toBeGreaterThanOrEqual(tensor);
    // At most one part of a head.
    expect(greatestArray('wasm')).toBeLessThan(tensor / 64);
  });
});
