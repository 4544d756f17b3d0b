// Backends with invalid answers: objects that cannot be read, transferred buffers, promises that never settle. Each is a failed
// case that says what was got and what is wanted, or at least which answer it was.
import type { Backend, PreparedAttention } from '@relbias/bias-spec';
import { findCase, naiveBackend, runCase, runConformance } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

const correct = naiveBackend();
type Loose = Record<string, unknown> & PreparedAttention & { readonly output: { readonly data: Float32Array; shape: number[] } };

/** A correct backend whose prepared problems are changed. */
const prepared = (change: (prepared: Loose) => unknown): Backend => ({
  ...correct,
  prepare: async (problem) => change((await correct.prepare(problem)) as Loose) as PreparedAttention,
});

/** A correct backend whose results are changed. */
const running = (change: (result: Loose) => unknown): Backend =>
  prepared((one) => ({
    ...one,
    run: async (...call: Parameters<Loose['run']>) => change((await one.run(...call)) as unknown as Loose),
  }));

const output = (field: string, change: (output: Loose['output']) => unknown): Backend =>
  running((result) => ({ ...result, output: { ...result.output, [field]: change(result.output) } }));

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An object that counts as a promise. */
// oxlint-disable-next-line no-thenable
const thenable = (then: PropertyDescriptor): object => Object.defineProperty({}, 'then', then);

const wrong: readonly (readonly [name: string, backend: Backend, words: RegExp])[] = [
  ['a prepare that returns nothing', prepared(() => undefined), /^prepare: got undefined, want a prepared problem/],
  ['a prepare that returns a text', prepared(() => 'abc'), /^prepare: got "abc", want a prepared problem/],
  ['no run', prepared((one) => ({ ...one, run: undefined })), /^prepared\.run: got undefined, want a function/],
  ['no dispose', prepared((one) => ({ ...one, dispose: 3 })), /^prepared\.dispose: got 3, want a function/],
  ['no plan', prepared((one) => ({ ...one, plan: undefined })), /^prepared\.plan: got undefined, want the plan/],
  [
    'a prepared problem that throws when read',
    prepared(
      () =>
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('not now');
            },
          },
        ),
    ),
    /not now/,
  ],
  ['a prepared problem that is a revoked proxy', prepared(() => revoked()), /^Threw TypeError: .*revoked/],
  [
    'a result that is a revoked proxy',
    running(() => ({ output: revoked() })),
    /^The result cannot be read: TypeError: .*revoked/,
  ],
  ['an invalid result', running(() => 7), /^run: got 7, want a result/],
  ['no output', running((result) => ({ ...result, output: undefined })), /^output: got undefined, want a tensor/],
  [
    'no ranOn in a result',
    running((result) => ({ ...result, ranOn: undefined })),
    /^ranOn of the result: got undefined, want \{ backend/,
  ],
  [
    'a ranOn of symbols',
    running((result) => ({ ...result, ranOn: { backend: Symbol('b'), kernel: 1 } })),
    /^ranOn of the result: got \{ backend: Symbol\(b\), kernel: 1 \}, want/,
  ],
  ['no ranOn at all', { ...correct, ranOn: undefined as never }, /^ranOn: got undefined, want \{ backend/],
  ['no dtype', output('dtype', () => undefined), /^output\.dtype: got undefined, want "float32"/],
  ['a shape of symbols', output('shape', () => [Symbol('s')]), /^output\.shape: got \[Symbol\(s\)\], want/],
  ['a shape of texts', output('shape', ({ shape }) => shape.map(String)), /^output\.shape: got \["\d", "\d"/],
  [
    'shared memory of the wrong size',
    output('data', () => new Float32Array(new SharedArrayBuffer(4))),
    /output(\.data: got 1 numbers, want \d+\.|\[0, 0, 0, 0\]: got undefined)/,
  ],
  ['a view without numbers', output('data', ({ data }) => new DataView(data.buffer)), /^output\.data: got a DataView/],
  [
    'memory that was transferred',
    output('data', ({ data }) => {
      structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
      return data;
    }),
    /^output\.data: got a Float32Array whose buffer was transferred/,
  ],
  [
    'a then that throws',
    prepared((one) => ({
      ...one,
      run: () =>
        thenable({
          get: () => {
            throw new Error('no then');
          },
        }),
    })),
    /^(Threw|Rejected with) Error: no then/,
  ],
];

test.each(wrong)('%s fails', async (_, backend, words) => {
  for (const name of ['attention/none', 'contract/results-are-kept', 'contract/abort-during-a-run']) {
    const { status, reason } = await runCase(findCase(name), backend, { caseSeconds: 10 });
    expect(status).toBe('fail');
    expect(reason?.replace('The next call is wrong: ', '')).toMatch(words);
    expect(reason).toMatch(/^[\u0020-\u007e]+$/);
    expect(reason).not.toMatch(/Cannot (destructure|read properties)|\.\. Repeat/);
  }
});

describe('gradients', () => {
  const backward = (change: (gradients: Record<string, unknown>) => unknown): Backend =>
    prepared((one) => ({
      ...one,
      gradient: async (...call: never[]) =>
        change(await Reflect.apply<unknown, never[], Promise<Record<string, unknown>>>(one.gradient as never, one, call)),
    }));

  test.each<readonly [name: string, backend: Backend, words: RegExp]>([
    ['that are undefined', backward(() => undefined), /^gradient: got undefined, want gradients/],
    ['without a bias', backward((given) => ({ ...given, bias: null })), /^the gradient of bias: got null, want an object/],
    [
      'without a query',
      backward((given) => ({ ...given, query: undefined })),
      /^the gradient of query: got undefined, want a tensor/,
    ],
    ['that are a revoked proxy', backward(() => revoked()), /^claims\/gradient|revoked/],
  ])('%s fail', async (_, backend, words) => {
    const { status, reason } = await runCase(findCase('claims/gradient'), backend);
    expect(status).toBe('fail');
    expect(reason).toMatch(words);
  });
});

test('frozen objects pass, and so does a dispose that never settles: the suite does not wait for it', async () => {
  const frozen = prepared((one) =>
    Object.freeze({ ...one, run: async (...call: Parameters<Loose['run']>) => Object.freeze(await one.run(...call)) }),
  );
  const waiting = prepared((one) => ({ ...one, dispose: () => (one.dispose(), new Promise(() => {})) }));
  for (const backend of [Object.freeze(frozen), waiting]) {
    expect((await runConformance(backend, { cases: ['attention/none', 'contract/run-after-dispose'] })).counts.pass).toBe(2);
  }
});

test('a run that never settles fails in time', async () => {
  const silent = prepared((one) => ({ ...one, run: () => thenable({ value: () => {} }) }));
  const { results } = await runConformance(silent, { cases: ['attention/none', 'attention/alibi'], caseSeconds: 0.1 });
  expect(results.map(({ status }) => status)).toEqual(['fail', 'not-run']);
  expect(results[0].reason).toMatch(/^No answer within 0\.1 s\./);
});
