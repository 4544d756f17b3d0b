// The reproducible profile in WebAssembly beyond the cases of the suite: mixed dtypes, every kind of problem in a memory full of NaN, many row blocks,
// and refusals. Compared bit by bit with the reference of bias-spec.
import type { AttentionProblem, AttentionResult, Dtype, Tensor } from '@relbias/bias-spec';
import { alibi, fire, numberToBfloat16, planAttention, shapesOf } from '@relbias/bias-spec';
import { newOutputs, rawInputs, resultOf, widenInputs } from '@relbias/bias-spec/backend';
import { reproducibleAttention } from '@relbias/bias-spec/reproducible';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CONSTANTS_END } from '../src/generated/attend-wasm.ts';
import { workAtOnce } from '../src/backend/blocks.ts';
import { openWasmSync } from '../src/wasm/open.ts';
import { drawTensor } from './draw.ts';
import { problems } from './problems.ts';
import { recordMemories } from './recorded-memory.ts';

/** Proves its device once for all tests. */
const shared = createCpuBackendSync();

afterEach(() => {
  vi.unstubAllGlobals();
});

type Inputs = readonly [Tensor, Tensor, Tensor];
type Dtypes = readonly [Dtype, Dtype, Dtype];

const DTYPES = ['float32', 'bfloat16', 'float16'] as const;

function drawn(problem: AttentionProblem, dtypes: Dtypes): Inputs {
  const { query, key, value } = shapesOf(planAttention(problem));
  const one = (name: string, [batch, heads, tokens, dim]: readonly number[], dtype: Dtype): Tensor =>
    drawTensor(name, batch, heads, tokens, dim, dtype);
  return [one('query', query, dtypes[0]), one('key', key, dtypes[1]), one('value', value, dtypes[2])];
}

/** The array to write to: float32, or the bits of halves. */
function numbersOf({ data }: Tensor): Float32Array | Uint16Array {
  return data as Float32Array | Uint16Array;
}

/** As words, because -0 and +0 must differ. */
function bitsOf(...tensors: readonly Float32Array[]): number[] {
  return tensors.flatMap(({ buffer, byteOffset, length }) => [...new Uint32Array(buffer, byteOffset, length)]);
}

function expectBits({ output, logSumExp }: AttentionResult, problem: AttentionProblem, inputs: Inputs): void {
  const wanted = reproducibleAttention(planAttention(problem), ...inputs);
  expect(bitsOf(output.data, logSumExp?.data ?? new Float32Array())).toEqual(bitsOf(wanted.output, wanted.logSumExp));
}

const kernel = openWasmSync('the test', {});

/** The results of the kernel before its backend checks that the logits were in range. */
function unvetted(problem: AttentionProblem, inputs: Inputs): AttentionResult {
  const plan = planAttention(problem);
  const outputs = newOutputs('the test', plan);
  const raw = rawInputs(plan, ...inputs);
  const call = { raw, outputs, check: () => {}, widened: () => widenInputs(raw), proceed: () => {} };
  const threads = workAtOnce((patient) => kernel.prepare(plan).start(call, patient));
  const ranOn = { backend: 'cpu', kernel: 'wasm', device: 'the test', arithmetic: 'float32', threads } as const;
  return resultOf(plan, outputs, ranOn, { logSumExp: true });
}

describe.each(['simd', 'madd'] as const)('%s', (variant) => {
  const backend = createCpuBackendSync({ variant });

  test('every mixture of dtypes', () => {
    const problem = {
      heads: 2,
      queries: 7,
      keys: 70,
      headDim: 9,
      valueDim: 5,
      bias: alibi({ heads: 2 }),
      numerics: 'reproducible',
    } as const;
    const prepared = backend.prepareSync(problem);
    for (const query of DTYPES) {
      for (const key of DTYPES) {
        for (const value of DTYPES) {
          const inputs = drawn(problem, [query, key, value]);
          expectBits(prepared.runSync(...inputs, { logSumExp: true }), problem, inputs);
        }
      }
    }
  });

  test('every kind of problem, whatever memory contained', () => {
    const { made } = recordMemories();
    const recorded = createCpuBackendSync({ variant });
    const dtype = fc.constantFrom(...DTYPES);
    fc.assert(
      fc.property(problems, fc.tuple(dtype, dtype, dtype), ({ softcap: _softcap, ...rest }, dtypes) => {
        const problem = { ...rest, numerics: 'reproducible' } as const;
        const prepared = recorded.prepareSync(problem);
        // The first memory is reused, unless the proof before the first problem needed more.
        for (const { buffer } of made) new Uint8Array(buffer, CONSTANTS_END).fill(0xff);
        const inputs = drawn(problem, dtypes);
        expectBits(prepared.runSync(...inputs, { logSumExp: true }), problem, inputs);
        prepared.dispose();
      }),
      { numRuns: 300 },
    );
  });

  test.each(DTYPES)('row blocks and tiles after the first, %s', (dtype) => {
    const problem = {
      heads: 1,
      queries: 200,
      keys: 330,
      headDim: 40,
      valueDim: 24,
      bias: alibi({ heads: 1 }),
      mask: { causal: true, window: { left: 150 } },
      numerics: 'reproducible',
    } as const;
    const inputs = drawn(problem, [dtype, dtype, dtype]);
    expectBits(
      createCpuBackendSync({ variant })
        .prepareSync(problem)
        .runSync(...inputs, { logSumExp: true }),
      problem,
      inputs,
    );
  });
});

test.each([2 ** 94, -(2 ** 97), 2 ** 100, -(2 ** 101), 2 ** 120, 2 ** -100, -(2 ** -101), 0])(
  'a bias of FIRE times %d',
  (biasScale) => {
    const bias = fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 1 });
    const problem = { heads: 2, queries: 9, keys: 21, headDim: 3, bias, biasScale, scale: 1, numerics: 'reproducible' } as const;
    for (const factor of [0, 1]) {
      const inputs = drawn(problem, ['float32', 'float32', 'float32']);
      // Scores of 0 leave the bias alone.
      if (factor === 0) numbersOf(inputs[0]).fill(0);
      expectBits(unvetted(problem, inputs), problem, inputs);
    }
  },
);

describe('limits', () => {
  /** One query against keys whose logits are these powers of two, as the scale is ln 2. */
  function outputOf(logits: readonly number[], values: readonly number[], dtype: Dtype): number {
    const problem = { heads: 1, queries: 1, keys: logits.length, headDim: 1, scale: Math.LN2, numerics: 'reproducible' } as const;
    const tensor = (numbers: readonly number[]): Tensor => {
      const data = dtype === 'bfloat16' ? Uint16Array.from(numbers, numberToBfloat16) : Float32Array.from(numbers);
      return { data, shape: [1, 1, numbers.length, 1], dtype };
    };
    const inputs = [tensor([1]), tensor(logits), tensor(values)] as const;
    const result = createCpuBackendSync()
      .prepareSync(problem)
      .runSync(...inputs, { logSumExp: true });
    expectBits(result, problem, inputs);
    return result.output.data[0];
  }

  test('the smallest row maximum, and logits 48 powers of two below it', () => {
    expect(outputOf([-32719, -32767], [1, 2 ** 48], 'float32')).toBe(2);
  });

  test('a number rescaled to exactly 2^-100 is kept, in the fold and at the end', () => {
    const hidden = Array.from({ length: 63 }, () => -30000);
    const [none, tiny] = [hidden.map(() => 0), 2 ** -56];
    expect(outputOf([60, ...hidden, 20, 16], [0, ...none, 0, tiny], 'bfloat16')).toBe(2 ** -100);
    expect(outputOf([60, ...hidden, 20, 15], [0, ...none, 0, tiny], 'bfloat16')).toBe(0);
    expect(outputOf([20, 16, ...hidden.slice(1), 60], [0, tiny, ...none.slice(1), 0], 'bfloat16')).toBe(2 ** -100);
    expect(outputOf([20, 15, ...hidden.slice(1), 60], [0, tiny, ...none.slice(1), 0], 'bfloat16')).toBe(0);
  });
});

/** The outcome of a run: the message of its refusal, or whether its output is finite. */
function answerOf(run: () => AttentionResult): string {
  try {
    return run().output.data.every(Number.isFinite) ? 'finite' : 'not finite';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('numbers', () => {
  const problem = {
    heads: 2,
    keyValueHeads: 1,
    queries: 200,
    keys: 1000,
    headDim: 37,
    mask: { keyLengths: [900] },
    numerics: 'reproducible',
  } as const;

  test.each(DTYPES)(
    'NaN is refused wherever it stands, infinities only where logits leave the range, padding never: %s',
    (dtype) => {
      const prepared = shared.prepareSync(problem);
      const places = { query: [0, 96 * 37 - 1, 400 * 37 - 1], key: [0, 440 * 37, 900 * 37 - 1], value: [17, 900 * 37 - 1] };
      const [NAN, INFINITY] = { float32: [NaN, -Infinity], bfloat16: [0x7fc0, 0xff80], float16: [0xfe00, 0xfc00] }[dtype];
      (['query', 'key', 'value'] as const).forEach((name, index) => {
        for (const at of places[name]) {
          const inputs = drawn(problem, [dtype, dtype, dtype]);
          numbersOf(inputs[1]).fill(NAN, 900 * 37);
          numbersOf(inputs[2]).fill(NAN, 900 * 37);
          numbersOf(inputs[index])[at] = INFINITY;
          expectBits(unvetted(problem, inputs), problem, inputs);
          const wanted = name === 'value' ? /^finite$/ : /wanted a log-sum-exp from -22679 to 22712/;
          expect(answerOf(() => prepared.runSync(...inputs))).toMatch(wanted);
          numbersOf(inputs[index])[at] = NAN;
          expect(() => prepared.runSync(...inputs)).toThrow(`${name}.data[${at}]: got NaN, wanted a number`);
        }
      });
    },
  );

  test('NaN in place', () => {
    const prepared = shared.prepareSync(problem);
    const { query, key, value } = prepared.allocate();
    key.data[899 * 37] = NaN;
    expect(() => prepared.runSync(query, key, value)).toThrow(`key.data[${899 * 37}]: got NaN`);
    key.data.fill(0).fill(NaN, 900 * 37);
    expect(prepared.runSync(query, key, value).output.data.every((number) => number === 0)).toBe(true);
  });
});

describe('a cache', () => {
  const given = { heads: 1, headDim: 2, numerics: 'reproducible' } as const;
  const tokens = (seed: string, dtype?: Dtype): Tensor => drawTensor(seed, 1, 1, 3, 2, dtype);

  test('keys and values keep their dtypes, until it is empty', () => {
    const cache = shared.createCacheSync(given);
    cache.append(tokens('key', 'bfloat16'), tokens('value', 'float16'));
    const wanted = cache.attendSync(tokens('query'));
    expect(() => cache.append(tokens('key'), tokens('value', 'float16'))).toThrow('key: got float32 after bfloat16');
    expect(() => cache.fork().append(tokens('key', 'bfloat16'), tokens('value'))).toThrow('value: got float32 after float16');
    expect(cache.attendSync(tokens('query'))).toEqual(wanted);
    cache.truncate(0);
    cache.append(tokens('key'), tokens('value'));
    expect(cache.length).toBe(3);
  });

  test('NaN is refused, and so are logits out of range', () => {
    const cache = shared.createCacheSync(given);
    const bad = { ...tokens('key'), data: Float32Array.of(1, Infinity, 3, NaN, 5, 6) };
    expect(() => cache.append(bad, tokens('value'))).toThrow('key.data[3]: got NaN');
    expect(() => cache.append(tokens('key'), bad)).toThrow('value.data[3]: got NaN');
    cache.append(tokens('key'), { ...bad, data: Float32Array.of(1, Infinity, 3, 4, 5, -Infinity) });
    expect(() => cache.attendSync(bad)).toThrow('query.data[3]: got NaN');
    expect(cache.attendSync(tokens('query')).output.data.every(Number.isFinite)).toBe(true);
    const infinite = { ...tokens('query'), data: Float32Array.of(1, 2, Infinity, 3, 4, 5) };
    expect(() => cache.attendSync(infinite)).toThrow('query of batch row 0, head 0, row 1');
    expect(cache.attendSync(tokens('query')).output.data.every(Number.isFinite)).toBe(true);
  });

  test('rows that see no key are not out of range', () => {
    const cache = shared.createCacheSync({ ...given, heads: 2, bias: alibi({ heads: 2, future: 'asymmetric' }) });
    const three = (seed: string): Tensor => drawTensor(seed, 1, 2, 3, 2);
    cache.append(three('key'), three('value'));
    // One head sees only the past, the other only the future: the first row of one and the last row of the other see only themselves.
    expect(cache.attendSync(three('query'), { logSumExp: true }).logSumExp?.data.every((one) => one > -22679)).toBe(true);
  });
});
