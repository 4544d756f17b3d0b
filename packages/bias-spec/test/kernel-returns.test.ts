// What kernels return to the session: results that do not fit, and values that are not fields of `ranOn`, are refused by name.
import type { AttentionResult } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import type { Kernels } from '@relbias/bias-spec/backend';
import { backendOf, gradientOf } from '@relbias/bias-spec/backend';
import { describe, expect, test } from 'vitest';

const sizes = { heads: 1, queries: 2, keys: 2, headDim: 3 };
const inputs = [1, 2, 3].map(() => Float32Array.of(1, 2, 3, 4, 5, 6));

function kernels(kernel: object): Kernels {
  return {
    name: 'mine',
    ranOn: { backend: 'mine', kernel: 'plain', device: 'JavaScript', arithmetic: 'float32' },
    numerics: ['fast'],
    prepare: () => ({ run: () => undefined, ...kernel }),
  };
}

async function resultOf(kernel: object): Promise<AttentionResult> {
  const prepared = await backendOf(kernels(kernel)).prepare(sizes);
  const [query, key, value] = inputs;
  return prepared.run(query, key, value, { logSumExp: true });
}

describe('the return value of a run', () => {
  test('changes the ranOn of that call', async () => {
    expect((await resultOf({ run: () => ({ threads: 2 }) })).ranOn).toMatchObject({ kernel: 'plain', threads: 2 });
    expect((await resultOf({ run: async () => undefined })).ranOn).not.toHaveProperty('threads');
  });

  test.each<readonly [name: string, returned: unknown, words: RegExp]>([
    ['a text', 'abc', /^mine: the return value of the kernel: got "abc", wanted undefined, or the fields of ranOn/],
    ['a number', 12, /got 12/],
    ['null', null, /got null/],
    ['a list', [1, 2], /got \[1, 2\]/],
    ['a tensor', { data: inputs[0], shape: [6] }, /the return value of the kernel.*data/],
  ])('%s is refused', async (_, returned, words) => {
    await expect(resultOf({ run: () => returned })).rejects.toThrow(ParameterError);
    await expect(resultOf({ run: async () => returned })).rejects.toThrow(words);
    const gradient = gradientOf(() => returned as never);
    const prepared = await backendOf(kernels({ gradient })).prepare(sizes);
    const [query, key, value] = inputs;
    const result = await prepared.run(query, key, value, { logSumExp: true });
    await expect(prepared.gradient?.(query, key, value, { result, output: inputs[0] })).rejects.toThrow(words);
  });
});

describe('memory for results', () => {
  const rows = new Float32Array(2);
  test.each<readonly [name: string, outputs: unknown, words: RegExp]>([
    [
      'too few numbers',
      { output: new Float32Array(5), logSumExp: rows },
      /^mine: outputsFor\(\)\.output: got a Float32Array of 5, wanted a Float32Array of 6/,
    ],
    [
      'too many numbers',
      { output: new Float32Array(6), logSumExp: new Float32Array(3) },
      /outputsFor\(\)\.logSumExp: got a Float32Array of 3, wanted a Float32Array of 2/,
    ],
    [
      'numbers of another kind',
      { output: new Float64Array(6), logSumExp: rows },
      /outputsFor\(\)\.output: got a Float64Array of 6/,
    ],
    ['no log-sum-exp', { output: new Float32Array(6) }, /outputsFor\(\)\.logSumExp: got undefined/],
    ['a text', 'abc', /outputsFor\(\)\.output: got undefined/],
  ])('%s is refused', async (_, outputs, words) => {
    await expect(resultOf({ outputsFor: () => outputs })).rejects.toThrow(ParameterError);
    await expect(resultOf({ outputsFor: () => outputs })).rejects.toThrow(words);
  });
});

test('the error for a profile that is not offered says what to do', async () => {
  await expect(backendOf(kernels({})).prepare({ ...sizes, numerics: 'reproducible' })).rejects.toThrow(
    'mine: problem.numerics: got "reproducible", wanted "fast". Leave numerics out, or open a backend that offers this profile.',
  );
});
