// What a hand-written backend may bring as its backward pass: whatever is none is said in plain words, and what it returns is read once.
import type { AttentionGradients, Backend } from '@relbias/bias-spec';
import { findCase, naiveBackend, runCase } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

const gradientCase = findCase('claims/gradient');

/** An honest backend whose backward pass is something else. */
function having(gradient: unknown): Backend {
  const honest = naiveBackend();
  return { ...honest, prepare: async (problem) => ({ ...(await honest.prepare(problem)), gradient: gradient as null }) };
}

/** An honest backend with something done to its gradients. */
function returning(change: (gradients: AttentionGradients) => unknown): Backend {
  const honest = naiveBackend();
  return {
    ...honest,
    async prepare(problem) {
      const prepared = await honest.prepare(problem);
      const { gradient } = prepared;
      return { ...prepared, gradient: gradient && (async (...call) => change(await gradient(...call)) as AttentionGradients) };
    },
  };
}

test('a backend says that it has none by null', async () => {
  expect(await runCase(gradientCase, having(null))).toMatchObject({ status: 'pass' });
  expect(await runCase(gradientCase, naiveBackend())).toMatchObject({ status: 'pass' });
});

describe('refused with what was got', () => {
  test.each([
    ['nothing', having(undefined), 'prepared.gradient: got undefined, want null or a function'],
    ['an object', having({}), 'prepared.gradient: got an Object, want null or a function'],
    ['a function that returns nothing', having(() => undefined), 'The gradients cannot be read: TypeError'],
    ['a function that throws', having(() => Promise.reject(new Error('no backward pass today'))), 'no backward pass today'],
    ['no gradient of the bias', returning((all) => ({ ...all, bias: undefined })), 'The gradients cannot be read: TypeError'],
    [
      'parameters in float32',
      returning((all) => ({ ...all, bias: { table: new Float32Array(128) } })),
      'the gradient of bias.table: got a Float32Array of 128, want a Float64Array',
    ],
    [
      'float64',
      returning((all) => ({ ...all, key: { ...all.key, data: new Float64Array(72) } })),
      'the gradient of key.data: got a Float64Array of 72, want a Float32Array',
    ],
  ])('%s', async (_what, backend, reason) => {
    const result = await runCase(gradientCase, backend);
    expect(result.status).toBe('fail');
    expect(result.reason).toContain(reason);
  });

  test('gradients that a later call writes to', async () => {
    let kept: AttentionGradients | undefined;
    const backend = returning((all) => {
      kept?.value.data.fill(0);
      kept = all;
      return all;
    });
    expect((await runCase(gradientCase, backend)).reason).toContain('the gradient of value changed after it was returned');
  });
});
