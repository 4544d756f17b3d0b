// The backward pass of a session: its loss read and checked, the kernel's gradients assembled, and its end when tensors are transferred.
import { describe, expect, it } from 'vitest';
import { backendOf, gradientOf, macrotask, zeroTermGradients } from '../src/backend/index.ts';
import { alibi, planAttention } from '../src/index.ts';
import { ONE, RAN_ON, number, toy } from './toy-kernels.ts';

describe('the backward pass', () => {
  it('is null where the kernel has none', async () => {
    expect((await backendOf(toy().kernels).prepare(ONE)).gradient).toBeNull();
  });

  it("is the kernel's, with the gradients of the terms folded into the parameters", async () => {
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

  it('refuses a loss without the log-sum-exp of the forward run, and invalid gradients', async () => {
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
    const invalid: unknown[] = [
      [undefined, 'loss: got undefined, wanted an object'],
      [{ output: number(1) }, 'loss.result: got undefined, wanted the result of a forward run with { logSumExp: true }'],
      [{ result: whole }, 'loss.output: got undefined'],
      [{ result: whole, output: number(1), logSumEpx: number(1) }, "loss.logSumEpx: got the unknown option 'logSumEpx'"],
      [
        { result: { ...whole, logSumExp: { ...whole.logSumExp, data: number(Number.NaN) } }, output: number(1) },
        'loss.result.logSumExp.data[0]: got NaN',
      ],
    ];
    for (const [loss, message] of invalid as [never, string][]) {
      await expect(gradient?.(...inputs, loss)).rejects.toThrow(message);
    }
  });

  it('ends if the tensors of the loss are transferred', async () => {
    const { kernels } = toy({
      gradient: gradientOf(async ({ proceed }) => {
        await macrotask();
        proceed();
        return undefined;
      }),
    });
    const { run, gradient } = await backendOf(kernels).prepare(ONE);
    const inputs = [number(1), number(1), number(7)] as const;
    const result = await run(...inputs, { logSumExp: true });
    const output = number(1);
    const running = gradient?.(...inputs, { result, output });
    structuredClone(output, { transfer: [output.buffer] });
    await expect(running).rejects.toThrow('loss.output: got a buffer that was transferred or resized during the run');
  });
});
