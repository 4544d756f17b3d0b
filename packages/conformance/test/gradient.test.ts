// The backward pass of a hand-written backend: anything invalid is reported in plain words, and what it returns is read once.
import type { AttentionGradients, Backend, GradientRun, PreparedAttention, TensorLike } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { findCase, naiveBackend, runCase } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

const gradientCase = findCase('claims/gradient');

/** A correct backend whose `gradient` is replaced. */
function having(gradient: unknown): Backend {
  const correct = naiveBackend();
  return { ...correct, prepare: async (problem) => ({ ...(await correct.prepare(problem)), gradient: gradient as null }) };
}

/** A correct backend with another backward pass, made from its own. */
function calling(change: (correct: GradientRun, prepared: PreparedAttention) => GradientRun): Backend {
  const correct = naiveBackend();
  return {
    ...correct,
    async prepare(problem) {
      const prepared = await correct.prepare(problem);
      return { ...prepared, gradient: prepared.gradient && change(prepared.gradient, prepared) };
    },
  };
}

/** A correct backend whose gradients are changed. */
const returning = (change: (gradients: AttentionGradients, ...call: Parameters<GradientRun>) => unknown): Backend =>
  calling(
    (gradient) =>
      async (...call) =>
        change(await gradient(...call), ...call) as AttentionGradients,
  );

const withQuery = (data: unknown) => (gradients: AttentionGradients) => ({ ...gradients, query: { ...gradients.query, data } });

test('null means that a backend has none', async () => {
  expect(await runCase(gradientCase, having(null))).toMatchObject({ status: 'pass' });
  expect(await runCase(gradientCase, naiveBackend())).toMatchObject({ status: 'pass' });
});

const dataOf = (given: TensorLike): unknown => ('data' in given ? given.data : given);
const add1 = (data: unknown): void => void ((data as Float32Array)[0] += 1);
const throwing = (thrown: unknown) => (): never => {
  throw thrown;
};

describe('refused with what was got', () => {
  test.each([
    ['nothing', having(undefined), 'prepared.gradient: got undefined, want null or a function'],
    ['false', having(false), 'prepared.gradient: got false, want null or a function'],
    ['0', having(0), 'prepared.gradient: got 0, want null or a function'],
    ['a text', having('none'), 'prepared.gradient: got "none", want null or a function'],
    ['a symbol', having(Symbol('none')), 'prepared.gradient: got Symbol(none), want null or a function'],
    ['a list', having([]), 'prepared.gradient: got [], want null or a function'],
    ['a promise', having(Promise.resolve(null)), 'prepared.gradient: got a Promise, want null or a function'],
    ['an object', having({}), 'prepared.gradient: got an Object, want null or a function'],
    ['a function that returns nothing', having(() => undefined), 'gradient: got undefined, want gradients'],
    ['a function that throws', having(() => Promise.reject(new Error('no backward pass today'))), 'no backward pass today'],
    ['a function that throws at once', having(throwing(new Error('not today'))), 'threw Error: not today'],
    ['a function that throws null', having(throwing(null)), 'threw null'],
    // Elsewhere it means that a case did not run; without gradients, `gradient` must be null.
    [
      'a refusal',
      having(throwing(new UnsupportedError({ what: 'x', got: 'y', wanted: 'z' }))),
      'threw UnsupportedError: x: got y',
    ],
    ['a symbol for a dtype', returning((all) => ({ ...all, key: { ...all.key, dtype: Symbol('x') } })), 'key: got Symbol(x) of'],
    [
      'a shape that is a text',
      returning((all) => ({ ...all, key: { ...all.key, shape: '1' } })),
      'key.shape: got "1", want a list',
    ],
    ['too few numbers', returning(withQuery(new Float32Array(3))), 'query: got 3 numbers, want'],
    ['no ranOn', returning((all) => ({ ...all, ranOn: undefined })), 'ranOn of the gradients: got undefined'],
    [
      'the memory of the query',
      returning((all, query) => withQuery(dataOf(query))(all)),
      'of query shares its memory with query',
    ],
    [
      'the memory of the loss',
      returning((all, _q, _k, _v, loss) => withQuery(loss.output)(all)),
      'of query shares its memory with loss.output',
    ],
    [
      'the memory of the result',
      returning((all, _q, _k, _v, loss) => withQuery(loss.result.output.data)(all)),
      'of query shares its memory with loss.result.output',
    ],
    ['a key that it wrote to', returning((all, _q, key) => (add1(dataOf(key)), all)), 'it changed its inputs'],
    ['a loss that it wrote to', returning((all, _q, _k, _v, loss) => (add1(loss.output), all)), 'it changed its inputs'],
    [
      'a result that it wrote to',
      returning((all, _q, _k, _v, { result }) => (add1(result.output.data), all)),
      'it changed its inputs',
    ],
    ['no gradient of the bias', returning((all) => ({ ...all, bias: undefined })), 'the gradient of bias: got undefined'],
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

  test('numbers of a bias that a later call writes to', async () => {
    let kept: AttentionGradients | undefined;
    const backend = returning((all) => {
      kept?.bias['table']?.fill(0);
      kept = all;
      return all;
    });
    expect((await runCase(gradientCase, backend)).reason).toContain('the gradient of bias.table changed after it was returned');
  });

  test('an error thrown synchronously instead of a rejection', async () => {
    const backend = calling((correct) => (query, ...rest) => {
      if (Number.isNaN((dataOf(query) as Float32Array)[0])) throw new RangeError('at once');
      return correct(query, ...rest);
    });
    expect((await runCase(gradientCase, backend)).reason).toContain(
      'a NaN in query: Threw RangeError: at once instead of returning a promise that rejects',
    );
  });
});

test('a backward pass may be a method of its object', async () => {
  const own: boolean[] = [];
  const backend = calling(
    (correct, { plan }) =>
      function (this: PreparedAttention, ...call) {
        own.push(this.plan === plan);
        return correct(...call);
      },
  );
  expect(await runCase(gradientCase, backend)).toMatchObject({ status: 'pass' });
  expect(new Set(own)).toEqual(new Set([true]));
});

test('each field of the gradients is read once', async () => {
  let again: string | null = null;
  const once = <T extends object>(object: T, what: string): T => {
    const asked = new Set<PropertyKey>();
    const get = (name: string) => (): unknown => {
      if (asked.has(name)) again = `${what}.${name}`;
      asked.add(name);
      return object[name as keyof T];
    };
    const fields = Object.keys(object).map((name) => [name, { enumerable: true, get: get(name) }] as const);
    return Object.defineProperties({}, Object.fromEntries(fields)) as T;
  };
  const backend = returning(({ query, key, value, bias, ranOn }) => ({
    query: once(query, 'query'),
    key: once(key, 'key'),
    value: once(value, 'value'),
    bias: once(bias, 'bias'),
    ranOn: once(ranOn, 'ranOn'),
  }));
  expect(await runCase(gradientCase, backend)).toMatchObject({ status: 'pass' });
  expect(again).toBeNull();
});
