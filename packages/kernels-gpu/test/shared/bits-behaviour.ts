// The behaviour of the reproducible profile on one mode: the proof of the device and its refusal, aborted runs, and release of resources. Few tests,
// because each backend proves its device again.
import type { AttentionProblem, AttentionResult, PreparedAttention } from '@relbias/bias-spec';
import { DeviceLostError, ParameterError, UnsupportedError, alibi, shapesOf } from '@relbias/bias-spec';
import { hashWords, reproducibleAttention } from '@relbias/bias-spec/reproducible';
import { bellShaped, seeded } from '@relbias/conformance';
import { expect, test } from 'vitest';
import { gpuBackend } from '../../src/backend.ts';
import type { Kernels } from '../../src/kernels.ts';
import type { SharedGpu } from '../../src/shared.ts';
import type { ModeUnderTest } from './mode.ts';
import { abortAtFirstPause, problemOf, runOnce } from './mode.ts';
import { ramps } from './toy-family.ts';

/** Two tiles of queries, so a run has a pause before its end. */
const LONG: AttentionProblem = {
  heads: 1,
  queries: 1100,
  keys: 130,
  queryStart: 0,
  headDim: 2,
  bias: alibi({ heads: 1 }),
  mask: { causal: true },
  numerics: 'reproducible',
};
/** The form of bias that is uploaded in every round: rows with different scales. */
const SENT_IN_ROUNDS: AttentionProblem = { ...LONG, bias: ramps.initialise(1, () => 0) };
const SHORT: AttentionProblem = { heads: 1, queries: 1, keys: 2, headDim: 1, numerics: 'reproducible' };

/** A run whose every number depends on weights, values and their order. */
async function hashOf(prepared: PreparedAttention): Promise<number> {
  return hashWords((await prepared.run(...drawn(prepared))).output.data);
}

function drawn({ plan }: PreparedAttention): [query: Float32Array, key: Float32Array, value: Float32Array] {
  const random = seeded('bits that are no constant');
  const { query, key, value } = shapesOf(plan);
  const numbers = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, () => bellShaped(random));
  return [numbers(query), numbers(key), numbers(value)];
}

export function testBitsBehaviour({ open, live }: ModeUnderTest, acquire: () => Promise<SharedGpu>): void {
  test('reproducible runs, aborted or not, keep no more resources than the first and have its bits', async () => {
    const before = live();
    const backend = await open();
    for (const problem of [LONG, SENT_IN_ROUNDS]) {
      const prepared = await backend.prepare(problem);
      const hash = hashWords(reproducibleAttention(prepared.plan, ...drawn(prepared)).output);
      expect(await hashOf(prepared)).toBe(hash);
      const alive = live();
      await abortAtFirstPause(prepared);
      expect(live()).toBe(alive);
      expect(await hashOf(prepared)).toBe(hash);
      expect(live()).toBe(alive);
      prepared.dispose();
    }
    await backend.dispose();
    expect(live()).toBe(before);
  });

  test('disposing the backend ends the proof of its device, and a reproducible run', async () => {
    const before = live();
    const first = await open();
    const [proving] = await Promise.allSettled([first.prepare(SHORT), first.dispose()]);
    expect(proving).toMatchObject({ status: 'rejected', reason: expect.any(DeviceLostError) as Error });
    expect(live()).toBe(before);
    const second = await open();
    const prepared = await second.prepare(LONG);
    let disposing: Promise<void> | undefined;
    await expect(runOnce(prepared, { progress: () => void (disposing ??= second.dispose()) })).rejects.toThrow(/disposed/);
    await disposing;
    expect(live()).toBe(before);
  });

  test('a device that flips one bit is refused under this profile only; a correct device is proven once', async () => {
    const shared = await acquire();
    let flipsBit = true;
    let reads = 0;
    const read: Kernels['read'] = async (array, shape) => {
      reads++;
      const rows = await shared.kernels.read(array, shape);
      const [[first]] = rows;
      if (flipsBit) new Uint32Array(first.buffer, first.byteOffset, 1)[0] ^= 1;
      return rows;
    };
    const backend = gpuBackend({ ...shared, kernels: { ...shared.kernels, read } });
    const refused = backend.prepare(SHORT);
    await expect(refused).rejects.toThrow(UnsupportedError);
    await expect(refused).rejects.toThrow(
      /gpu\.js \w+: numerics: "reproducible": got output\[0, 0, 0, 0\] = 0x\w{8} instead of 0x\w{8} in the proof exponential-16/,
    );
    // It failed the proof, so the next request repeats it: also for two requests at once, and for a problem refused before.
    reads = 0;
    const again = await Promise.allSettled([backend.prepare(SHORT), backend.prepare(LONG)]);
    expect(again).toMatchObject(Array.from(again, () => ({ status: 'rejected', reason: expect.any(UnsupportedError) as Error })));
    expect(reads).toBeGreaterThan(0);
    flipsBit = false;
    reads = 0;
    const fast = await backend.prepare(problemOf(16));
    expect(reads).toBe(0);
    expect(new Set((await runOnce(fast)).output.data)).toEqual(new Set([0.5]));
    reads = 0;
    await backend.prepare(SHORT);
    const proof = reads;
    expect(proof).toBeGreaterThan(0);
    await Promise.all([backend.prepare(SHORT), backend.prepare(LONG)]);
    expect(reads).toBe(proof);
    await backend.dispose();
  });

  test('NaN, problems outside the profile and logits out of range are refused; the next run is right', async () => {
    const backend = await open();
    await expect(backend.prepare({ ...SHORT, softcap: 5 })).rejects.toThrow(/"reproducible": problem.softcap: got 5/);
    const [prepared, twin] = await Promise.all([backend.prepare(SHORT), backend.prepare(SHORT)]);
    const run = (query: number, one = prepared): Promise<AttentionResult> =>
      one.run(Float32Array.of(query), Float32Array.of(1, -1), Float32Array.of(0, 5));
    const refused = run(NaN);
    await expect(refused).rejects.toThrow(ParameterError);
    await expect(refused).rejects.toThrow('query.data[0]: got NaN');
    await expect(run(Infinity)).rejects.toThrow('got logits above 22712 nats, wanted a log-sum-exp from -22679 to 22712');
    expect([...(await run(0, twin)).output.data]).toEqual([2.5]);
    // exp(ln 2 * x) = 2^x. The logits are below the smallest row maximum, that of the third key also below the smallest logit; the last is hidden.
    const low = await backend.prepare({ ...SHORT, keys: 4, scale: Math.LN2, queryStart: 2, mask: { causal: true } });
    const inputs = [[-32730], [1, 1.0001, 1.00125, 1], [1, -3, 7e9, 9e9]].map((numbers) => Float32Array.from(numbers));
    await expect(low.run(inputs[0], inputs[1], inputs[2])).rejects.toThrow(
      /batch row 0, head 0, row 0: got no logit above -22679 nats/,
    );
    const within = Float32Array.of(-1);
    const wanted = reproducibleAttention(low.plan, within, inputs[1], inputs[2]);
    const got = await low.run(within, inputs[1], inputs[2], { logSumExp: true });
    expect([...got.output.data, ...(got.logSumExp?.data ?? [])]).toEqual([...wanted.output, ...wanted.logSumExp]);
    await backend.dispose();
  });
}
