// Backends that try to end, garble or fool the report, on purpose or by accident. The report states it in plain text.
import type { AttentionResult, Backend } from '@relbias/bias-spec';
import { findCase, formatMatrix, mergeReports, naiveBackend, runCase, runConformance } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

const [plain, kept] = [findCase('attention/none'), findCase('contract/results-are-kept')];

/** A correct backend whose results are changed. */
function returning(change: (result: AttentionResult) => unknown): Backend {
  const correct = naiveBackend();
  return {
    ...correct,
    async prepare(problem) {
      const prepared = await correct.prepare(problem);
      return { ...prepared, run: async (...call) => change(await prepared.run(...call)) as never };
    },
  };
}

/** Node has had it since 20; the types of this workspace have not. */
const Resizable = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;

const withData = (change: (data: Float32Array) => unknown): Backend =>
  returning((result) => ({ ...result, output: { ...result.output, data: change(result.output.data) } }));

const unreadable = (): unknown =>
  new Proxy(new Error('x'), {
    get: () => {
      throw new Error('unread');
    },
    getPrototypeOf: () => {
      throw new Error('nor asks what I am');
    },
  });

class UnreadableError extends Error {
  override get message(): string {
    throw new Error('no message for you');
  }
}

describe('anything thrown is a failed case', () => {
  const thrown: readonly (readonly [name: string, thrown: unknown])[] = [
    ['null', null],
    ['undefined', undefined],
    ['a symbol', Symbol('s')],
    ['a bigint', 7n],
    ['a proxy', unreadable()],
    ['an error whose message throws', new UnreadableError()],
    ['an error whose stack is a number', Object.assign(new Error('x'), { stack: 3 })],
    [
      'an object whose toString throws',
      {
        toString: () => {
          throw new Error('no text for you');
        },
      },
    ],
    ['an object without a prototype', Object.create(null)],
    ['an error as long as a book', new Error('x'.repeat(1e7))],
    ['escapes', new Error('\u001b[2J\u001b]0;title\u0007\r\n- other: passed\u202e\u0000\u009b31m\ud800')],
  ];
  const places = {
    prepare: (error: unknown): Backend => ({
      ...naiveBackend(),
      prepare: async () => {
        throw error;
      },
    }),
    run: (error: unknown): Backend =>
      returning(() => {
        throw error;
      }),
  };
  test.each(
    thrown.flatMap(([name, error]) => Object.entries(places).map(([place, backend]) => [name, place, backend(error)] as const)),
  )('%s, by %s', async (_, __, backend) => {
    const report = await runConformance(backend, { cases: [plain, kept, findCase('contract/abort-during-a-run')] });
    expect(report.counts.fail).toBe(3);
    for (const { reason } of report.results) {
      expect(reason).toMatch(/^[\u0020-\u007e]+$/);
      expect(reason?.length).toBeLessThan(5000);
    }
  });
});

test('a ranOn that throws, lies or contains escapes is a failed claim, and prints as text', async () => {
  const throwing = Object.defineProperty({ ...naiveBackend() }, 'ranOn', {
    get: () => {
      throw new Error('unread');
    },
  });
  const wild = naiveBackend({
    ranOn: {
      backend: 'a\u001b[31m\n| x | <b>\u202e`',
      kernel: { toString: () => '\u001b' } as unknown as string,
      device: '[link](javascript:x)\u0007\u0000',
    },
  });
  for (const backend of [throwing, wild]) {
    const report = await runConformance(backend, { cases: [findCase('claims/ran-on')] });
    expect(report.counts.fail).toBe(1);
    for (const style of ['markdown', 'text'] as const) {
      expect(formatMatrix(mergeReports([report]), style)).toMatch(/^[\n\u0020-\u007e]+$/);
    }
    const markdown = formatMatrix(mergeReports([report]), 'markdown');
    expect(markdown).not.toMatch(/(?<!\\)<b>|(?<!\\)\[link/);
    expect(markdown.split('\n')[0].split(/(?<!\\)\|/)).toHaveLength(4);
  }
});

describe('results are read once', () => {
  const wrong: Readonly<Record<string, readonly [backend: Backend, words: RegExp]>> = {
    'numbers in an Array': [withData((data) => [...data]), /output\.data: got an array of \d+, want a Float32Array/],
    'numbers in a Float64Array': [withData((data) => Float64Array.from(data)), /output\.data: got a Float64Array of/],
    'a proxy of a Float32Array': [withData((data) => new Proxy(data, {})), /output\.data: got .*, want a Float32Array/],
    'a subclass that lies to iterators': [
      withData((data) => {
        class Lying extends Float32Array {
          override [Symbol.iterator](): ArrayIterator<number> {
            return [1, 2, 3].values();
          }
        }
        return new Lying(data);
      }),
      /a subclass of Float32Array/,
    ],
    'a shape that is no list': [
      returning((result) => ({ ...result, output: { ...result.output, shape: { length: 4, join: () => '2,3,4,5' } } })),
      /output\.shape: got an Object, want a list/,
    ],
    'a shape without an end': [
      returning((result) => ({
        ...result,
        output: { ...result.output, shape: new Proxy([], { get: (_, name) => (name === 'length' ? 2 ** 32 : 1) }) },
      })),
      /output\.shape: got .*, want a list/,
    ],
    'a getter that throws': [
      returning((result) =>
        Object.defineProperty({ ...result }, 'output', {
          get: () => {
            throw new Error('later');
          },
        }),
      ),
      /The result cannot be read: Error: later/,
    ],
    'no result at all': [returning(() => undefined), /^run: got undefined, want a result/],
  };
  test.each(Object.entries(wrong))('%s', async (_, [backend, words]) => {
    const { status, reason } = await runCase(plain, backend);
    expect(status).toBe('fail');
    expect(reason).toMatch(words);
    // Nothing is swallowed where a rejection is expected either.
    expect(await runCase(findCase('contract/abort-before-a-run'), backend)).toMatchObject({ status: 'fail' });
  });

  test('a getter that returns something else the second time is called once', async () => {
    let asked = 0;
    const twice = returning((result) => ({
      ...result,
      get output() {
        asked += 1;
        return asked % 2 === 1 ? result.output : { ...result.output, data: new Float32Array(0) };
      },
    }));
    expect(await runCase(plain, twice)).toMatchObject({ status: 'fail' });
    // A second run that differs is looked into by two more: one look at each.
    expect(asked).toBe(4);
  });

  test('a result that a later run overwrites fails in every case that runs twice with different numbers', async () => {
    let first: Float32Array | null = null;
    const reusing = withData((data) => {
      first ??= data;
      first.set(data.subarray(0, first.length));
      return first.subarray(0, data.length);
    });
    expect(await runCase(kept, reusing)).toMatchObject({
      status: 'fail',
      reason: expect.stringMatching(/^output changed after it was returned/) as string,
    });
  });

  describe.each([
    ['shared', (bytes: number) => new SharedArrayBuffer(bytes)],
    ['resizable', (bytes: number) => new Resizable(bytes, { maxByteLength: 2 * bytes })],
  ] as const)('%s memory', (_, memory) => {
    const inMemory = (then: (data: Float32Array) => void): Backend =>
      withData((data) => {
        const view = new Float32Array(memory(data.byteLength));
        view.set(data);
        then(view);
        return view;
      });

    test('may hold results', async () => {
      expect(
        await runCase(
          plain,
          inMemory(() => {}),
        ),
      ).toMatchObject({ status: 'pass' });
    });

    test('that change after the run fails', async () => {
      const later = inMemory((data) => setTimeout(() => data.fill(7), 0));
      expect(await runCase(plain, later)).toMatchObject({
        status: 'fail',
        reason: expect.stringMatching(/^output changed after it was returned/) as string,
      });
    });
  });

  test('a result that its backend empties afterwards', async () => {
    const transferring = withData((data) => {
      queueMicrotask(() => queueMicrotask(() => structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] })));
      return data;
    });
    expect(await runCase(plain, transferring)).toMatchObject({ status: 'fail' });
  });
});

describe('a dispose that throws', () => {
  const throwing = (dispose: () => void, run?: () => never): Backend => {
    const correct = naiveBackend();
    return {
      ...correct,
      prepare: async (problem) => ({ ...(await correct.prepare(problem)), dispose, ...(run === undefined ? {} : { run }) }),
    };
  };
  const complain = (): never => {
    throw new Error('cannot let go');
  };

  test('fails a case that passed', async () => {
    const { status, reason } = await runCase(plain, throwing(complain));
    expect({ status, reason }).toMatchObject({
      status: 'fail',
      reason: expect.stringContaining('threw Error: cannot let go') as string,
    });
  });

  test('does not hide an earlier failure', async () => {
    const { reason } = await runCase(
      plain,
      throwing(complain, () => {
        throw new Error('the first mistake');
      }),
    );
    expect(reason).toContain('the first mistake');
  });
});
