// The interface of a mode for the tests of behaviour: counting live resources on its device, and losing the device.
import type { AttentionProblem, Backend, PreparedAttention } from '@relbias/bias-spec';
import { alibi, shapesOf } from '@relbias/bias-spec';
import type { GpuMode } from '@relbias/kernels-gpu';
import { expect } from 'vitest';

export interface ModeUnderTest {
  readonly mode: GpuMode;
  open(): Promise<Backend>;
  /** Textures or buffers that were created and not yet deleted. */
  live(): number;
  /** The device is lost when this resolves; the next `open` gets another. */
  loseDevice(): Promise<void>;
}

/** An ordinary problem of several blocks and tiles; with many `tokens` a run is long enough to interrupt. */
export function problemOf(tokens: number): AttentionProblem {
  return { heads: 2, queries: tokens, keys: tokens, headDim: 8, bias: alibi({ heads: 2 }), mask: { causal: true } };
}

/** Inputs under which every output element is 0.5. */
export function runOnce(
  prepared: PreparedAttention,
  options?: Parameters<PreparedAttention['run']>[3],
): ReturnType<PreparedAttention['run']> {
  const { query, key, value } = shapesOf(prepared.plan);
  const halves = (shape: readonly number[]): Float32Array =>
    new Float32Array(shape.reduce((size, extent) => size * extent, 1)).fill(0.5);
  return prepared.run(halves(query), halves(key), halves(value), options);
}

/** Aborts a run at its first pause: it must reject with the reason, before its end and without another pause. */
export async function abortAtFirstPause(prepared: PreparedAttention): Promise<void> {
  const reason = new Error('enough');
  const controller = new AbortController();
  const shares: number[] = [];
  const progress = (share: number): void => {
    shares.push(share);
    controller.abort(reason);
  };
  await expect(runOnce(prepared, { signal: controller.signal, progress })).rejects.toBe(reason);
  expect(shares).toHaveLength(1);
  expect(shares[0]).toBeLessThan(1);
}
