// The session of a backend: what it does between a problem and a result, with kernels that only say what they were asked.
import { describe, expect, it } from 'vitest';
import type { AttentionCall, Kernels, PreparedKernel } from '../src/backend/index.ts';
import { Session, backendOf, gradientOf, macrotask, zeroTermGradients } from '../src/backend/index.ts';
import type { AttentionProblem, RanOn } from '../src/index.ts';
import { DeviceLostError, ParameterError, UnsupportedError, alibi, planAttention } from '../src/index.ts';
import { reproducibleAttention } from '../src/reproducible/index.ts';

const RAN_ON: RanOn = { backend: 'toy', kernel: 'toy', device: 'nowhere', arithmetic: 'float64' };
const ONE: AttentionProblem = { heads: 1, queries: 1, keys: 1, headDim: 1 };
const number = (value: number): Float32Array => Float32Array.of(value);

/** A kernel whose output is the value, and what became of it. */
function toy(kernel: Partial<PreparedKernel> = {}, kernels: Partial<Kernels> = {}): { kernels: Kernels; events: string[] } {
  const events: string[] = [];
  return {
    events,
    kernels: {
      name: 'toy',
      ranOn: RAN_ON,
      numerics: ['fast'],
      prepare: () => ({
        run({ outputs, widened }) {
          outputs.output.set(widened().value);
          return undefined;
        },
        dispose: () => void events.push('kernel disposed'),
        ...kernel,
      }),
      dispose: () => void events.push('kernels disposed'),
      ...kernels,
    },
  };
}

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

  it('refuses numbers when the kernel asks for them, once', async () => {
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

  it('tells progress, and ends where it is aborted', async () => {
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
    const told: number[] = [];
    const run = prepared.run(number(1), number(1), number(1), {
      signal: controller.signal,
      progress(done) {
        told.push(done);
        if (done === 0.5) controller.abort(new RangeError('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(told).toEqual([0.25, 0.5]);
  });

  it('rejects although its kernel did not look at the signal', async () => {
    const controller = new AbortController();
    const { kernels } = toy({ run: async () => (await macrotask(), undefined) });
    const prepared = await backendOf(kernels).prepare(ONE);
    const run = prepared.run(number(1), number(1), number(1), { signal: controller.signal });
    controller.abort(new RangeError('enough'));
    await expect(run).rejects.toThrow('enough');
  });

  it('writes where the kernel wants it to', async () => {
    const own = { output: number(0), logSumExp: number(0) };
    const { kernels } = toy({ outputsFor: () => own });
    const prepared = await backendOf(kernels).prepare(ONE);
    expect((await prepared.run(number(1), number(1), number(7))).output.data).toBe(own.output);
  });
});

describe('what was disposed', () => {
  it('says so, and is let go of once', async () => {
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

  it('ends a run under way at its next wait', async () => {
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

  it('is not handed out by a preparation that took longer', async () => {
    const { kernels, events } = toy();
    const slow: Kernels = { ...kernels, prepare: async (plan) => (await macrotask(), kernels.prepare(plan)) };
    const backend = backendOf(slow);
    const preparing = backend.prepare(ONE);
    await backend.dispose();
    await expect(preparing).rejects.toThrow('a disposed backend');
    expect(events).toEqual(['kernels disposed', 'kernel disposed']);
  });

  it('takes with it what the backend was given to own', async () => {
    const { kernels } = toy();
    const session = new Session(kernels);
    const gone: string[] = [];
    const [kept, left] = ['kept', 'left'].map((name) => ({ dispose: () => void gone.push(name) }));
    session.own(kept);
    session.own(left);
    session.disown(left);
    await session.dispose();
    expect(gone).toEqual(['kept']);
  });
});

describe('a profile', () => {
  const REPRODUCIBLE: AttentionProblem = { ...ONE, numerics: 'reproducible' };
  const honest = (problem: Parameters<Kernels['prepare']>[0]): PreparedKernel => {
    const compute = ({ raw, outputs }: AttentionCall): undefined => {
      const tensor = (name: 'query' | 'key' | 'value') => ({ ...raw[name], shape: shapeOf(problem, name) });
      const { output, logSumExp } = reproducibleAttention(problem, tensor('query'), tensor('key'), tensor('value'));
      outputs.output.set(output);
      outputs.logSumExp.set(logSumExp);
    };
    return { run: compute, runSync: compute };
  };
  const shapeOf = (plan: ReturnType<typeof planAttention>, name: 'query' | 'key' | 'value'): number[] => [
    plan.batch,
    name === 'query' ? plan.heads : plan.keyValueHeads,
    name === 'query' ? plan.queries : plan.keys,
    name === 'value' ? plan.valueDim : plan.headDim,
  ];

  it('that is not offered is refused', async () => {
    const { kernels } = toy();
    await expect(backendOf(kernels).prepare(REPRODUCIBLE)).rejects.toThrow(UnsupportedError);
    await expect(backendOf(kernels).prepare(REPRODUCIBLE)).rejects.toThrow(
      'toy: problem.numerics: got "reproducible", wanted "fast"',
    );
  });

  it('of the same bits is proven on the device once, and refused where a bit differs', async () => {
    let prepared = 0;
    const kernels: Kernels = {
      ...toy().kernels,
      numerics: ['fast', 'reproducible'],
      prepare: (plan) => ((prepared += 1), honest(plan)),
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

  it('of the same bits refuses results beyond its range, also at once', () => {
    const session = new Session({ ...toy().kernels, numerics: ['reproducible'], prepare: honest });
    const prepared = session.prepare({ ...REPRODUCIBLE, scale: 1 });
    if (prepared instanceof Promise) throw new Error('the toy prepares at once');
    expect(prepared.runSync(number(3), number(2), number(7)).output.data[0]).toBe(7);
    expect(() => prepared.runSync(number(3000), number(200), number(7))).toThrow('logits above 22712 nats');
  });
});

describe('the backward pass', () => {
  it('is null where the kernel has none', async () => {
    expect((await backendOf(toy().kernels).prepare(ONE)).gradient).toBeNull();
  });

  it("is the kernel's, with its gradients of terms folded into the parameters", async () => {
    const { kernels } = toy({
      gradient: gradientOf((call) => {
        expect(call.terms).toEqual(bias.lower(plan.positions));
        expect(call.gradients.terms).toEqual(zeroTermGradients(call.terms));
        expect([...call.outputGradient, ...(call.logSumExpGradient ?? [])]).toEqual([2, 5]);
        for (const name of ['query', 'key', 'value'] as const) call.gradients[name].fill(1);
        const [term] = call.gradients.terms;
        if (term.kind === 'per-distance') term.values.fill(3);
        return undefined;
      }),
    });
    const bias = alibi({ heads: 1, slopes: [0.5], learned: true });
    const problem = { ...ONE, bias, queryStart: 4 };
    const plan = planAttention(problem);
    const { run, gradient } = await backendOf(kernels).prepare(problem);
    const inputs = [number(1), number(1), number(7)] as const;
    const result = await run(...inputs, { logSumExp: true });
    const got = await gradient?.(...inputs, { result, output: number(2), logSumExp: number(5) });
    expect(got).toMatchObject({
      query: { data: number(1), shape: [1, 1, 1, 1] },
      bias: { slopes: Float64Array.of(-12) },
      ranOn: RAN_ON,
    });
  });

  it('refuses a loss without the log-sum-exp of the forward run, and gradients that are none', async () => {
    const { kernels } = toy({ gradient: gradientOf(() => undefined) });
    const { run, gradient } = await backendOf(kernels).prepare(ONE);
    const inputs = [number(1), number(1), number(7)] as const;
    const [bare, whole] = [await run(...inputs), await run(...inputs, { logSumExp: true })];
    await expect(gradient?.(...inputs, { result: bare, output: number(1) })).rejects.toThrow(
      'loss.result: got a result without log-sum-exp',
    );
    await expect(gradient?.(...inputs, { result: whole, output: number(Number.NaN) })).rejects.toThrow(
      'loss.output.data[0]: got NaN',
    );
    await expect(gradient?.(...inputs, { result: whole, output: new Float32Array(2) })).rejects.toThrow(
      'loss.output: got 2 numbers',
    );
  });
});
