// The session of a backend: what it does between a problem and a result, with kernels that only record their calls.
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { AttentionCall, Kernels, PreparedKernel } from '../src/backend/index.ts';
import { Session, backendOf, gradientOf, macrotask } from '../src/backend/index.ts';
import type { AttentionPlan, AttentionProblem } from '../src/index.ts';
import { DeviceLostError, ParameterError, UnsupportedError } from '../src/index.ts';
import { PROOFS, reproducibleAttention } from '../src/reproducible/index.ts';
import { ONE, RAN_ON, number, toy } from './toy-kernels.ts';

describe('a run', () => {
  it('returns what the kernel wrote, in the shapes of the plan, and where it ran', async () => {
    const { kernels } = toy({ run: ({ outputs }) => (outputs.output.fill(3), { threads: 2 }) });
    const prepared = await backendOf(kernels).prepare({ ...ONE, valueDim: 2 });
    const result = await prepared.run(number(1), number(1), Float32Array.of(1, 2), { logSumExp: true });
    expect(result).toEqual({
      output: { data: Float32Array.of(3, 3), shape: [1, 1, 1, 2], dtype: 'float32' },
      logSumExp: { data: number(0), shape: [1, 1, 1], dtype: 'float32' },
      ranOn: { ...RAN_ON, threads: 2 },
    });
  });

  it('checks numbers when the kernel reads them, once', async () => {
    const seen: unknown[] = [];
    const { kernels } = toy({
      run({ check }) {
        for (let turn = 0; turn < 2; turn++) {
          try {
            check();
          } catch (error) {
            seen.push(error);
          }
        }
        return undefined;
      },
    });
    const prepared = await backendOf(kernels).prepare(ONE);
    await prepared.run(number(Number.NaN), number(1), number(1));
    expect(seen).toEqual([expect.any(ParameterError), expect.any(ParameterError)]);
  });

  it('reports progress, and ends when it is aborted', async () => {
    const controller = new AbortController();
    const { kernels } = toy({
      async run({ proceed }) {
        for (const done of [0.25, 0.5, 0.75]) {
          await macrotask();
          proceed(done);
        }
        return undefined;
      },
    });
    const prepared = await backendOf(kernels).prepare(ONE);
    const reported: number[] = [];
    const run = prepared.run(number(1), number(1), number(1), {
      signal: controller.signal,
      progress(done) {
        reported.push(done);
        if (done === 0.5) controller.abort(new RangeError('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(reported).toEqual([0.25, 0.5]);
  });

  it('rejects even if its kernel ignores the signal', async () => {
    const controller = new AbortController();
    const { kernels } = toy({ run: async () => (await macrotask(), undefined) });
    const prepared = await backendOf(kernels).prepare(ONE);
    const run = prepared.run(number(1), number(1), number(1), { signal: controller.signal });
    controller.abort(new RangeError('enough'));
    await expect(run).rejects.toThrow('enough');
  });

  it('writes to the outputs of the kernel', async () => {
    const own = { output: number(0), logSumExp: number(0) };
    const { kernels } = toy({ outputsFor: () => own });
    const prepared = await backendOf(kernels).prepare(ONE);
    expect((await prepared.run(number(1), number(1), number(7))).output.data).toBe(own.output);
  });
});

describe('something disposed', () => {
  it('throws on use, and is released once', async () => {
    const { kernels, events } = toy();
    const backend = backendOf(kernels);
    const [one, other] = [await backend.prepare(ONE), await backend.prepare(ONE)];
    one.dispose();
    one.dispose();
    await expect(one.run(number(1), number(1), number(1))).rejects.toThrow(DeviceLostError);
    await expect(one.run(number(1), number(1), number(1))).rejects.toThrow('toy: got a disposed prepared attention');
    await backend.dispose();
    await backend.dispose();
    expect(events).toEqual(['kernel disposed', 'kernel disposed', 'kernels disposed']);
    await expect(other.run(number(1), number(1), number(1))).rejects.toThrow('a disposed prepared attention');
    await expect(backend.prepare(ONE)).rejects.toThrow('toy: got a disposed backend');
  });

  it('ends a run in progress at its next `proceed`', async () => {
    const { kernels } = toy({
      async run({ proceed }) {
        for (;;) {
          await macrotask();
          proceed();
        }
      },
    });
    const prepared = await backendOf(kernels).prepare(ONE);
    const run = prepared.run(number(1), number(1), number(1));
    prepared.dispose();
    await expect(run).rejects.toThrow('a disposed prepared attention');
  });

  it('is not returned by a preparation that ends later', async () => {
    const { kernels, events } = toy();
    const slow: Kernels = { ...kernels, prepare: async (plan) => (await macrotask(), kernels.prepare(plan)) };
    const backend = backendOf(slow);
    const preparing = backend.prepare(ONE);
    await backend.dispose();
    await expect(preparing).rejects.toThrow('a disposed backend');
    expect(events).toEqual(['kernels disposed', 'kernel disposed']);
  });

  it('frees everything, even if a part fails, and reports every failure', async () => {
    const failing = (what: string) => (): never => {
      throw new Error(what);
    };
    const { kernels, events } = toy();
    let made = 0;
    const prepare: Kernels['prepare'] = (plan) => {
      const kernel = kernels.prepare(plan) as PreparedKernel;
      return ++made === 1 ? { ...kernel, dispose: failing('first') } : kernel;
    };
    const one = backendOf({ ...kernels, prepare });
    for (let count = 0; count < 2; count++) await one.prepare(ONE);
    await expect(one.dispose()).rejects.toThrow('first');
    expect(events).toEqual(['kernel disposed', 'kernels disposed']);
    made = 0;
    const both = backendOf({ ...kernels, prepare, dispose: failing('second') });
    await both.prepare(ONE);
    await expect(both.dispose()).rejects.toThrow('toy: 2 parts failed in dispose');
  });

  it('disposes what the backend owns', async () => {
    const { kernels } = toy();
    const session = new Session(kernels);
    const disposed: string[] = [];
    const [kept, left] = ['kept', 'left'].map((name) => ({ dispose: () => void disposed.push(name) }));
    session.own(kept);
    session.own(left);
    session.disown(left);
    await session.dispose();
    expect(disposed).toEqual(['kept']);
  });
});

describe('a profile', () => {
  const REPRODUCIBLE: AttentionProblem = { ...ONE, numerics: 'reproducible' };
  const correct = (problem: Parameters<Kernels['prepare']>[0]): PreparedKernel => {
    const compute = ({ raw, outputs }: AttentionCall): undefined => {
      const tensor = (name: 'query' | 'key' | 'value') => ({ ...raw[name], shape: shapeOf(problem, name) });
      const { output, logSumExp } = reproducibleAttention(problem, tensor('query'), tensor('key'), tensor('value'));
      outputs.output.set(output);
      outputs.logSumExp.set(logSumExp);
    };
    return { run: compute, runSync: compute };
  };
  const shapeOf = (plan: AttentionPlan, name: 'query' | 'key' | 'value'): number[] => [
    plan.batch,
    name === 'query' ? plan.heads : plan.keyValueHeads,
    name === 'query' ? plan.queries : plan.keys,
    name === 'value' ? plan.valueDim : plan.headDim,
  ];

  it('is refused if the backend does not offer it', async () => {
    const { kernels } = toy();
    await expect(backendOf(kernels).prepare(REPRODUCIBLE)).rejects.toThrow(UnsupportedError);
    await expect(backendOf(kernels).prepare(REPRODUCIBLE)).rejects.toThrow(
      'toy: problem.numerics: got "reproducible", wanted "fast"',
    );
  });

  it('reproducible is proven on the device once, and refused if a bit differs', async () => {
    let prepared = 0;
    const kernels: Kernels = {
      ...toy().kernels,
      numerics: ['fast', 'reproducible'],
      prepare: (plan) => ((prepared += 1), correct(plan)),
    };
    const backend = backendOf(kernels);
    await Promise.all([backend.prepare(REPRODUCIBLE), backend.prepare(REPRODUCIBLE)]);
    const proofs = prepared - 2;
    expect(proofs).toBeGreaterThan(3);
    const one = await backend.prepare(REPRODUCIBLE);
    expect(prepared).toBe(proofs + 3);
    expect((await one.run(number(1), number(1), number(7))).output.data[0]).toBe(7);
    const wrong = backendOf({ ...kernels, prepare: () => ({ run: () => undefined }) });
    await expect(wrong.prepare(REPRODUCIBLE)).rejects.toThrow('the bits that the profile promises on every device');
    await expect(wrong.prepare(REPRODUCIBLE)).rejects.toThrow('the bits that the profile promises');
  });

  it('that is being proven while the backend is disposed prepares nothing', async () => {
    let [prepared, ran] = [0, 0];
    const backend = backendOf({
      ...toy().kernels,
      numerics: ['reproducible'],
      prepare(plan) {
        prepared++;
        const { run } = correct(plan);
        return {
          async run(call) {
            if (++ran === PROOFS.length) void backend.dispose();
            return run(call);
          },
        };
      },
    });
    await expect(backend.prepare(REPRODUCIBLE)).rejects.toThrow('a disposed backend');
    expect(prepared).toBe(PROOFS.length);
  });

  it('reproducible refuses results out of its range, also synchronously', () => {
    const session = new Session({ ...toy().kernels, numerics: ['reproducible'], prepare: correct });
    const prepared = session.prepare({ ...REPRODUCIBLE, scale: 1 });
    if (prepared instanceof Promise) throw new Error('the toy prepares at once');
    expect(prepared.runSync(number(3), number(2), number(7)).output.data[0]).toBe(7);
    expect(() => prepared.runSync(number(3000), number(200), number(7))).toThrow('logits above 22712 nats');
  });
});

describe('a preparation', () => {
  it('without memory is refused, synchronously or later', async () => {
    const tooLong = (): never => {
      throw new RangeError('Array buffer allocation failed');
    };
    for (const prepare of [tooLong, async () => tooLong()]) {
      const preparing = backendOf({ ...toy().kernels, prepare }).prepare(ONE);
      await expect(preparing).rejects.toThrow('toy: got no room for the tables of a bias of 1 heads from distance 0 to 0');
    }
  });

  it('awaits promises of another realm', async () => {
    const { kernels } = toy();
    const foreign: Kernels = {
      ...kernels,
      prepare: (plan) => runInNewContext('Promise.resolve(kernel)', { kernel: kernels.prepare(plan) }) as Promise<PreparedKernel>,
    };
    const { run } = await backendOf(foreign).prepare(ONE);
    expect((await run(number(1), number(1), number(7))).output.data).toEqual(number(7));
  });

  it('with invalid kernels is refused, naming what is missing', async () => {
    const { kernels } = toy();
    const wrong: unknown[] = [
      [{ prepare: undefined }, 'kernels.prepare: got undefined, wanted a function'],
      [{ numerics: undefined }, "kernels.numerics: got undefined, wanted some of 'fast' and 'reproducible'"],
      [{ numerics: 'fast' }, 'kernels.numerics: got "fast", wanted'],
      [{ numerics: [] }, 'kernels.numerics: got [], wanted'],
      [{ prepare: () => undefined }, 'toy: run of a prepared kernel: got undefined, wanted a function'],
      [{ prepare: () => ({}) }, 'toy: run of a prepared kernel: got undefined, wanted a function'],
      [
        { prepare: () => ({ run: () => undefined, gradient: () => undefined }) },
        'toy: gradient of a prepared kernel: got undefined, wanted what gradientOf makes',
      ],
    ];
    for (const [changed, message] of wrong as [Partial<Kernels>, string][]) {
      const preparing = (async () => backendOf({ ...kernels, ...changed }).prepare(ONE))();
      await expect(preparing).rejects.toThrow(message);
    }
    expect(() => gradientOf(undefined as never)).toThrow('gradientOf: got undefined, wanted a function');
  });

  it('does not expose the internals of the session', async () => {
    expect(Object.keys(await backendOf(toy().kernels).prepare(ONE))).toEqual(['plan', 'run', 'gradient', 'dispose']);
  });
});
