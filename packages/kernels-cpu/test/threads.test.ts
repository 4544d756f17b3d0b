// Several threads: the same bits as on one, and calls and workers after failures.
import type { AttentionProblem } from '@relbias/bias-spec';
import { DeviceLostError, ParameterError, UnsupportedError, alibi, fire } from '@relbias/bias-spec';
import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backendOf } from '../src/backend/backend.ts';
import { openWasm } from '../src/wasm/open.ts';
import { draw } from './draw.ts';
import type { SharingBackend } from './sharing-backend.ts';
import { createSharingBackend } from './sharing-backend.ts';
import { sharingBackends } from './sharing-backends.ts';

/** Long enough for several turns of the event loop. */
const long: AttentionProblem = {
  heads: 4,
  keyValueHeads: 2,
  queries: 1536,
  keys: 1536,
  headDim: 48,
  bias: alibi({ heads: 4 }),
  mask: { causal: true },
};

const PROBLEMS: Readonly<Record<string, AttentionProblem>> = {
  'one row block': { heads: 1, queries: 3, keys: 5, headDim: 4 },
  'one query, many heads': { heads: 12, keyValueHeads: 3, queries: 1, keys: 300, headDim: 8, bias: alibi({ heads: 12 }) },
  'batch with key lengths': {
    batch: 3,
    heads: 2,
    queries: 130,
    keys: 200,
    headDim: 20,
    valueDim: 11,
    mask: { keyLengths: [7, 0, 200] },
  },
  'skipped keys': { ...long, queries: 1000, keys: 1000, bias: alibi({ heads: 4, slopes: [2, 1, 0.5, 0.25] }) },
  'row-scaled term': {
    heads: 2,
    queries: 300,
    keys: 300,
    headDim: 16,
    bias: fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 1 }),
    mask: { causal: true },
  },
  'explicit positions and segments': {
    batch: 2,
    heads: 3,
    queries: 150,
    keys: 170,
    headDim: 12,
    softcap: 4,
    bias: alibi({ heads: 3, future: 'unsigned' }),
    positions: {
      query: Array.from({ length: 300 }, (_, i) => (i * 7) % 150),
      key: Array.from({ length: 340 }, (_, j) => (j * 3) % 170),
    },
    mask: {
      segments: { query: Array.from({ length: 300 }, (_, i) => i % 3), key: Array.from({ length: 340 }, (_, j) => j % 3) },
    },
  },
};

describe('the same bits', () => {
  const backends = sharingBackends([2, 3, 4]);

  test.each(Object.entries(PROBLEMS))('%s', async (_, problem) => {
    const inputs = draw(problem);
    const one = createCpuBackendSync()
      .prepareSync(problem)
      .runSync(...inputs, { logSumExp: true });
    expect(one.ranOn.threads).toBe(1);
    for (const [threads, backend] of backends) {
      const prepared = backend.prepareSync(problem);
      for (let round = 0; round < 5; round++) {
        const sync = prepared.runSync(...inputs, { logSumExp: true });
        expect(sync).toEqual({ ...one, ranOn: { ...one.ranOn, threads } });
        expect(await prepared.run(...inputs, { logSumExp: true })).toEqual(sync);
      }
    }
  });
});

describe('calls', () => {
  let backend: SharingBackend;
  const inputs = draw(long);
  const alone = createCpuBackendSync()
    .prepareSync(long)
    .runSync(...inputs).output.data;
  beforeAll(async () => {
    backend = await createSharingBackend({ threads: 3 });
  });
  afterAll(() => backend.dispose());

  test('an aborted run rejects with the reason, and the next ones are right', async () => {
    const prepared = await backend.prepare(long);
    const longer = await backend.prepare({ ...long, queries: 4096, keys: 4096 });
    const longInputs = draw({ ...long, queries: 4096, keys: 4096 });
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const progress = (done: number): void => {
        expect(done).toBeLessThan(1);
        controller.abort(reason);
      };
      await expect(longer.run(...longInputs, { signal: controller.signal, progress })).rejects.toBe(reason);
      expect(prepared.runSync(...inputs).output.data).toEqual(alone);
      expect((await prepared.run(...inputs)).output.data).toEqual(alone);
    }
  });

  test('overlapping runs use the workers in turn, and do not affect one another', async () => {
    const prepared = await backend.prepare(long);
    const others = draw(long, 'other inputs');
    const wanted = createCpuBackendSync()
      .prepareSync(long)
      .runSync(...others).output.data;
    const results = await Promise.all([inputs, others, inputs, others].map((each) => prepared.run(...each)));
    results.forEach(({ output, ranOn }, index) => {
      expect(ranOn.threads).toBe(3);
      expect(output.data).toEqual(index % 2 === 0 ? alone : wanted);
    });
  });

  test('numbers that are not finite are refused while workers are busy; the next run is right', async () => {
    const prepared = await backend.prepare(long);
    const [query, key, value] = inputs;
    const wrong = value.slice();
    wrong[wrong.length - 1] = NaN;
    await expect(prepared.run(query, key, wrong)).rejects.toThrow(/value\.data\[\d+\]: got NaN/);
    expect(() => prepared.runSync(query, key, wrong)).toThrow(ParameterError);
    expect(prepared.runSync(...inputs).output.data).toEqual(alone);
    expect((await prepared.run(...inputs)).output.data).toEqual(alone);
  });

  test('a synchronous run during another one uses no workers', async () => {
    const prepared = await backend.prepare(long);
    // Long enough for a turn of the event loop on any machine.
    const longer = { ...long, queries: 4096, keys: 4096 };
    let between;
    const progress = (): void => {
      between ??= prepared.runSync(...inputs);
    };
    const { ranOn } = await (await backend.prepare(longer)).run(...draw(longer), { progress });
    expect(ranOn.threads).toBe(3);
    expect(between).toMatchObject({ output: { data: alone }, ranOn: { threads: 1 } });
  });

  test('a run yields to the event loop', async () => {
    const prepared = await backend.prepare({ ...long, queries: 4096, keys: 4096 });
    let ticks = 0;
    const clock = setInterval(() => ticks++, 1);
    await prepared.run(...draw({ ...long, queries: 4096, keys: 4096 }));
    clearInterval(clock);
    expect(ticks).toBeGreaterThan(0);
  });

  test('a problem with a large memory of its own', async () => {
    const large: AttentionProblem = { heads: 3, queries: 2, keys: 30_000, headDim: 64 };
    const tensors = draw(large);
    const prepared = await backend.prepare(large);
    const wanted = createCpuBackendSync()
      .prepareSync(large)
      .runSync(...tensors).output.data;
    for (let round = 0; round < 3; round++) expect((await prepared.run(...tensors)).output.data).toEqual(wanted);
  });

  test('a call too short to share runs on the thread of the caller', async () => {
    const usual = await createCpuBackend({ threads: 2 });
    const short = { heads: 1, queries: 1, keys: 1, headDim: 1 };
    expect(usual.ranOn.threads).toBe(2);
    expect((await (await usual.prepare(short)).run(...draw(short))).ranOn.threads).toBe(1);
    expect((await (await usual.prepare(long)).run(...inputs)).ranOn.threads).toBe(2);
    await usual.dispose();
  });
});

describe('a worker that is lost', () => {
  const inputs = draw(long);

  test('during a run: the run and all later ones reject, and the backend says why', async () => {
    const backend = await createSharingBackend({ threads: 2 });
    const prepared = await backend.prepare(long);
    await prepared.run(...inputs);
    const longer = await backend.prepare({ ...long, queries: 4096, keys: 4096 });
    const longInputs = draw({ ...long, queries: 4096, keys: 4096 });
    const progress = (): void => void backend.workers[0].terminate();
    const runs = async (): Promise<void> => {
      for (let round = 0; round < 100; round++) await longer.run(...longInputs, { progress });
    };
    await expect(runs()).rejects.toThrow(DeviceLostError);
    await expect(prepared.run(...inputs)).rejects.toThrow(/a worker that ended \(exit code 1\).*create a new one/);
    expect(() => prepared.runSync(...inputs)).toThrow(DeviceLostError);
    expect(backend.threads).toEqual({ count: 1, reason: 'a worker ended: exit code 1' });
    await backend.dispose();
  });

  test('by an exception: a synchronous run detects it without an event', async () => {
    const backend = await createSharingBackend({ threads: 2 });
    const prepared = backend.prepareSync(long);
    prepared.runSync(...inputs);
    // Not a memory: the worker throws when it reads this, which it does when the large problem sends it a new memory.
    backend.workers[0].post({ number: 0, memory: 'none' });
    const large: AttentionProblem = { heads: 3, queries: 2, keys: 30_000, headDim: 64 };
    const tensors = draw(large);
    const runs = (): void => {
      for (let round = 0; round < 100; round++) backend.prepareSync(large).runSync(...tensors);
    };
    expect(runs).toThrow(DeviceLostError);
    expect(() => prepared.runSync(...inputs)).toThrow(/it threw an exception/);
    await backend.dispose();
  });

  test('before it has started: refused, or one thread if the option is auto', async () => {
    const forbid = {
      breakEven: { parked: 0, hot: 0 },
      spawn: (): never => {
        throw new Error('no permission');
      },
    };
    await expect(openWasm('test', { threads: 2 }, forbid)).rejects.toThrow(UnsupportedError);
    await expect(openWasm('test', { threads: 2 }, forbid)).rejects.toThrow(/cannot start \(no permission\).*--allow-worker/);
    const { threads } = backendOf(await openWasm('test', { threads: 'auto' }, forbid));
    expect(threads).toMatchObject({ count: 1, reason: expect.stringContaining('no permission') });
  });

  test('because the process forbids workers', () => {
    const code = `import { createCpuBackend } from '@relbias/kernels-cpu';
      await createCpuBackend({ threads: 2 }).then(() => console.log('made'), ({ name, message }) => console.log(name, message));`;
    const flags = ['--permission', '--allow-fs-read=*', '--input-type=module', '--eval', code];
    const printed = execFileSync(process.execPath, flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(printed).toMatch(
      /^UnsupportedError createCpuBackend.threads: got a worker that cannot start .*in Node with --permission: --allow-worker/,
    );
  });
});

describe('a process exits by itself', () => {
  test.each([
    ['after dispose', 'await backend.dispose();'],
    ['without dispose', ''],
    ['with workers that are not up yet', 'createCpuBackendSync({ threads: 4 });'],
  ])('%s', (_, end) => {
    const code = `import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
      const backend = await createCpuBackend({ threads: 3 });
      const numbers = new Float32Array(2 * 1024 * 64);
      const prepared = await backend.prepare({ heads: 2, queries: 1024, keys: 1024, headDim: 64 });
      const { ranOn } = await prepared.run(numbers, numbers, numbers);
      console.log(ranOn.threads);
      ${end}`;
    const options = { encoding: 'utf8', timeout: 30_000 } as const;
    expect(execFileSync(process.execPath, ['--input-type=module', '--eval', code], options)).toBe('3\n');
  });
});

test('a backend created synchronously computes while its workers start', async () => {
  const inputs = draw(long);
  const backend = createCpuBackendSync({ threads: 2, variant: 'simd' });
  const prepared = backend.prepareSync(long);
  const wanted = createCpuBackendSync({ variant: 'simd' })
    .prepareSync(long)
    .runSync(...inputs).output.data;
  for (let round = 0; round < 5; round++) expect(prepared.runSync(...inputs).output.data).toEqual(wanted);
  await backend.dispose();
});
