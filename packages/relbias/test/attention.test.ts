// Attention in one call: the result is the backend's, shapes come from the tensors, and no backend is replaced silently.
import type { Backend, OnnxTensor, Tensor } from '@relbias/bias-spec';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { bellShaped, seeded } from '@relbias/conformance';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { AttentionOptions, CpuBackendName } from '../src/index.ts';
import { BACKEND_NAMES, alibi, attention, createBackend, tensor } from '../src/index.ts';

function drawn(name: string, shape: readonly number[]): Tensor {
  const random = seeded(name);
  return tensor(
    Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => bellShaped(random)),
    shape,
  );
}

const query = drawn('query', [2, 4, 5, 8]);
const key = drawn('key', [2, 2, 7, 8]);
const value = drawn('value', [2, 2, 7, 3]);
const problem = {
  bias: alibi({ heads: 4 }),
  mask: { causal: true, keyLengths: [7, 5] },
  queryStart: [2, 0],
  softcap: 20,
} as const;

describe('attention in one call', () => {
  test.each(['naive', 'online'] as const)('is the result of the kernel %s for the stated problem', async (kernel) => {
    const shapes = { batch: 2, heads: 4, keyValueHeads: 2, queries: 5, keys: 7, headDim: 8, valueDim: 3 };
    const backend = await createCpuBackend({ kernel });
    const prepared = await backend.prepare({ ...shapes, ...problem });
    const wanted = await prepared.run(query, key, value, { logSumExp: true });
    const got = await attention(query, key, value, { ...problem, backend: `cpu:${kernel}`, logSumExp: true });
    expect(got).toEqual(wanted);
    expect(got.output.shape).toEqual([2, 4, 5, 3]);
    expect(got.logSumExp?.shape).toEqual([2, 4, 5]);
    await backend.dispose();
  });

  test('runs on the CPU by default, and reports it', async () => {
    const { ranOn, logSumExp } = await attention(query, key, value, problem);
    expect(ranOn.backend).toBe('cpu');
    expect(logSumExp).toBeUndefined();
  });

  test('takes tensors of onnxruntime and tensors without a dtype, in types too', async () => {
    const onnx = ({ data, shape }: Tensor): OnnxTensor => ({ data, dims: shape, type: 'float32' });
    const untyped = { data: Float32Array.from({ length: value.data.length }, (_, at) => value.data[at]), shape: value.shape };
    const { output } = await attention(onnx(query), onnx(key), untyped, problem);
    expect(output).toEqual((await attention(query, key, value, problem)).output);
  });

  test('takes shapes of BigInts and typed arrays, as a prepared problem does', async () => {
    const withShape = (given: Tensor, shape: unknown): Tensor => ({ ...given, shape: shape as number[] });
    const { output } = await attention(
      withShape(query, query.shape.map(BigInt)),
      withShape(key, Int32Array.from(key.shape)),
      value,
      problem,
    );
    expect(output).toEqual((await attention(query, key, value, problem)).output);
  });

  test('has the log-sum-exp in its type if it was requested', async () => {
    const { logSumExp } = await attention(query, key, value, { ...problem, logSumExp: true });
    expectTypeOf(logSumExp.data).toExtend<Float32Array>();
    expect(logSumExp.shape).toEqual([2, 4, 5]);
    expectTypeOf((await attention(query, key, value)).logSumExp).toExtend<{ shape: readonly number[] } | undefined>();
  });

  test('concurrent calls do not affect one another', async () => {
    const options = { ...problem, backend: 'cpu:naive' } as const;
    const alone = await attention(query, key, value, options);
    const together = await Promise.all(Array.from({ length: 8 }, () => attention(query, key, value, options)));
    for (const one of together) expect(one.output.data).toEqual(alone.output.data);
  });

  test("disposes what it prepared on the caller's backend, but not the backend", async () => {
    const log: string[] = [];
    const cpu = await createCpuBackend({ kernel: 'naive' });
    const backend: Backend = {
      ranOn: cpu.ranOn,
      async prepare(stated) {
        const prepared = await cpu.prepare(stated);
        return { ...prepared, dispose: () => (log.push('disposed prepared'), prepared.dispose()) };
      },
      dispose: async () => void log.push('disposed backend'),
    };
    await attention(query, key, value, { ...problem, backend });
    await expect(attention(query, key, drawn('wrong', [2, 2, 6, 3]), { ...problem, backend })).rejects.toThrow('value.shape');
    expect(log).toEqual(['disposed prepared', 'disposed prepared']);
  });

  test('an aborted signal ends it, and the next call is right', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(attention(query, key, value, { ...problem, signal })).rejects.toBe(reason);
    await expect(attention(query, key, value, problem)).resolves.toBeDefined();
  });

  test('reports progress', async () => {
    const long = drawn('long', [1, 2, 1024, 32]);
    const shares: number[] = [];
    await attention(long, long, long, { backend: 'cpu:naive', progress: (done) => shares.push(done) });
    expect(shares.length).toBeGreaterThan(0);
    expect(shares).toEqual([...new Set(shares)].toSorted((a, b) => a - b));
    expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
  });
});

describe('it refuses', () => {
  const refused: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    [
      'a bare array',
      () => attention(new Float32Array(4) as unknown as Tensor, key, value),
      /query\.shape: got a Float32Array of 4, wanted \[batch, heads/,
    ],
    [
      'nested arrays',
      () => attention([[[[1, 2]]]] as unknown as Tensor, key, value),
      /query\.shape: got \[an array of 1\], .*\. tensor\(rows\) makes one of nested arrays\.$/,
    ],
    [
      'a promise of a tensor',
      () => attention(Promise.resolve(query) as unknown as Tensor, key, value),
      /query\.shape: got a Promise, .*\. Await it first\.$/,
    ],
    ['no tensor', () => attention(undefined as unknown as Tensor, key, value), /query\.shape: got undefined/],
    [
      'three axes',
      () => attention(query, drawn('k', [2, 7, 8]), value),
      /key\.shape: got \[2, 7, 8\], wanted \[batch, heads, sequence, dim\]. Add the missing axes: tensor\(data, \[1, 2, 7, 8\]\)\. Of/,
    ],
    [
      'another head dimension',
      () => attention(query, drawn('k', [2, 2, 7, 9]), value),
      /key\.shape: got \[2, 2, 7, 9\], wanted \[2, 2, 7, 8\]/,
    ],
    [
      'another batch',
      () => attention(query, drawn('k', [1, 2, 7, 8]), value),
      /key\.shape: got \[1, 2, 7, 8\], wanted \[2, 2, 7, 8\]/,
    ],
    [
      'key heads that do not divide',
      () => attention(query, drawn('k', [2, 3, 7, 8]), drawn('v', [2, 3, 7, 3])),
      /keyValueHeads: got 3 for 4 query heads, wanted a divisor of 4\.$/,
    ],
    [
      'the sequence before the heads',
      () => attention(drawn('q', [2, 5, 4, 8]), drawn('k', [2, 7, 2, 8]), drawn('v', [2, 7, 2, 3])),
      /keyValueHeads: got 7 for 5 query heads, wanted a divisor of 5\. .*headsFirst\(tensor\) reorders/,
    ],
    [
      'the sequence before as many heads as the bias has',
      () =>
        attention(drawn('q', [1, 5, 4, 8]), drawn('k', [1, 5, 4, 8]), drawn('v', [1, 5, 4, 8]), { bias: alibi({ heads: 4 }) }),
      /bias: got alibi for 4 heads, wanted 5 heads\. .*headsFirst\(tensor\) reorders/,
    ],
    [
      'a shape told twice',
      () => attention(query, key, value, { heads: 4 } as AttentionOptions),
      /options\.heads: got 4, wanted nothing: it is read from the shapes of the tensors/,
    ],
    [
      'a misspelt option',
      () => attention(query, key, value, { casual: true } as AttentionOptions),
      /casual: got the unknown option 'casual'/,
    ],
    [
      'a bias for other heads',
      () => attention(query, key, value, { bias: alibi({ heads: 8 }) }),
      /alibi for 8 heads, wanted 4 heads/,
    ],
    [
      'an unknown backend',
      () => attention(query, key, value, { backend: 'cuda' as 'cpu' }),
      /backend: got "cuda", wanted cpu, cpu:naive/,
    ],
    [
      'no backend',
      () => attention(query, key, value, { backend: 7 as unknown as 'cpu' }),
      /options\.backend: got 7, wanted the name of a backend/,
    ],
    ['a GPU where there is none', () => attention(query, key, value, { backend: 'gpu:webgl2' }), /webgl2/],
    [
      'an option of a backend',
      () => attention(query, key, value, { threads: 4 } as AttentionOptions),
      /options\.threads: got an option of a backend.*createBackend\('cpu', \{ threads \}\), and pass \{ backend \}/,
    ],
    [
      'an invalid signal',
      () => attention(query, key, value, { signal: {} as AbortSignal }),
      /^options\.signal: got an Object, wanted an AbortSignal/,
    ],
    [
      'a log-sum-exp that is neither true nor false',
      () => attention(query, key, value, { logSumExp: 'yes' as unknown as true }),
      /^options\.logSumExp: got "yes", wanted true or false/,
    ],
    [
      'no options',
      () => attention(query, key, value, null as unknown as AttentionOptions),
      /options: got null, wanted an object/,
    ],
    [
      'a promise of a backend',
      () => attention(query, key, value, { backend: createBackend('cpu') as unknown as Backend }),
      /options\.backend: got a Promise.*await createBackend/,
    ],
  ];
  test.each(refused)('%s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});

const CPU_NAMES = BACKEND_NAMES.filter((name): name is CpuBackendName => name.startsWith('cpu'));
test.each(CPU_NAMES)('%s reports that it is a CPU, and which kernel', async (name) => {
  const backend = await createBackend(name);
  expect(backend.ranOn.backend).toBe('cpu');
  expect(backend.ranOn.kernel).toContain(name.split(':')[1] ?? '');
  await backend.dispose();
});
