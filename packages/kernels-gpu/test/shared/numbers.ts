// Numbers at limits that this package sets itself: its exponential, the largest segment ids, and biases at the end
// of the float32 range, next to the number for hidden pairs.
import { perOffset, planAttention } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import { afterAll, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import type { Shape } from '../../src/library.ts';
import type { SharedGpu } from '../../src/shared.ts';
import { EXP_NEGATIVE, EXP_ULP, HYPERBOLIC_TANGENT, TANH_ULP } from '../../src/sources/exponential.ts';
import { gpuBackend } from '../../src/backend.ts';

const SIDE = 256;
/** The largest size of a bias that float32 can still add to a score. */
const MOST = 2 ** 126;

export function testNumbers(acquire: () => Promise<SharedGpu>): void {
  let acquired: Promise<SharedGpu> | undefined;
  const shared = (): Promise<SharedGpu> => (acquired ??= acquire());
  afterAll(async () => (await acquired)?.release());

  /** f of many numbers, computed by the device. */
  async function computed(call: string, from: number, to: number): Promise<{ x: number[]; y: number[] }> {
    const { device, kernels } = await shared();
    const shape: Shape = [SIDE, SIDE, 1];
    const x = Float32Array.from({ length: SIDE * SIDE }, (_, index) => from + ((to - from) * index) / (SIDE * SIDE - 1));
    const pass = {
      name: 'probe',
      parameters: ['source'] as const,
      functions: [EXP_NEGATIVE, HYPERBOLIC_TANGENT],
      body: `return ${call}(source[this.thread.z][this.thread.y][this.thread.x]);`,
    };
    const source = await kernels.upload(x, shape);
    const rows = (await compile(device, pass, 'read').run(shape, { source })) as readonly Float32Array[][];
    source.delete?.();
    return { x: [...x], y: rows[0].flatMap((row) => [...row]) };
  }

  const worst = (got: readonly number[], want: readonly number[]): number =>
    Math.max(...want.map((one, index) => Math.abs(got[index] - one) / ulp(one)));

  test('the error of the exponential is within its documented limit', async () => {
    const { x, y } = await computed('expNegative', -87, 0);
    expect(worst(y, x.map(Math.exp))).toBeLessThanOrEqual(EXP_ULP);
    expect(y.at(-1)).toBe(1);
  });

  test('results below the float32 range are 0', async () => {
    const { y } = await computed('expNegative', -(2 ** 20), -104);
    expect(new Set(y)).toEqual(new Set([0]));
  });

  test('the error of the hyperbolic tangent is within its documented limit', async () => {
    const { x, y } = await computed('hyperbolicTangent', -10, 10);
    expect(worst(y, x.map(Math.tanh))).toBeLessThanOrEqual(TANH_ULP);
  });

  test('the largest segment ids remain distinct', async () => {
    const backend = gpuBackend(await shared());
    const ids = [2 ** 23, 2 ** 23 - 1, -(2 ** 23), -1];
    const segments = { query: ids, key: ids.toReversed() };
    const prepared = await backend.prepare({ heads: 1, queries: 4, keys: 4, headDim: 1, mask: { segments } });
    const ones = new Float32Array(4).fill(1);
    const { output } = await prepared.run(ones, ones, Float32Array.of(1, 2, 3, 4));
    expect([...output.data]).toEqual([4, 3, 2, 1]);
    prepared.dispose();
  });

  test('the largest accepted negative bias does not hide a pair', async () => {
    const backend = gpuBackend(await shared());
    // Head 0 has no key with a larger bias; head 1 has one that outweighs the rest.
    const table = [-MOST, -MOST, -MOST, -MOST, 0, -MOST];
    const problem = { heads: 2, queries: 3, keys: 3, headDim: 1, bias: perOffset({ heads: 2, maxDistance: 1, table }) };
    const prepared = await backend.prepare(problem);
    const ones = new Float32Array(6).fill(1);
    const values = Float32Array.of(1, 2, 3, 1, 2, 3);
    const { output, logSumExp } = await prepared.run(ones, ones, values, { logSumExp: true });
    const want = oracle(planAttention(problem), ones, ones, values);
    expect([...output.data]).toEqual([...want.output].map(Math.fround));
    expect([...(logSumExp?.data ?? [])]).toEqual([...want.logSumExp].map(Math.fround));
    prepared.dispose();
  });
}

function ulp(value: number): number {
  return 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23);
}
