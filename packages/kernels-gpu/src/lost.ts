// The errors behind errors: a device that is gone, or memory that is not there, and how to tell them from what they cause.
import { DeviceLostError, UnsupportedError } from '@relbias/bias-spec';
import type { Device } from './devices/device.ts';
import { macrotask } from './devices/device.ts';

export function requireLiving(device: Device): void {
  if (device.isLost()) throw lostError(device);
}

/**
 * What to throw for an error of gpu.js: where the device is gone that is the error, and all else its symptoms. A bare RangeError is what an
 * engine says when it has no memory left for an array or for WebAssembly.
 */
export async function explained(device: Device, error: unknown): Promise<unknown> {
  // The news of a loss may still be under way when its first symptom is thrown.
  await macrotask();
  if (!device.isLost()) return error instanceof RangeError ? outOfMemory(device, error) : error;
  const lost = lostError(device);
  lost.cause = error;
  return lost;
}

function outOfMemory(device: Device, error: RangeError): UnsupportedError {
  const refused = new UnsupportedError({
    what: `gpu.js ${device.mode}`,
    got: `no memory for the arrays of this problem (${error.message})`,
    wanted: 'as much memory as they need',
    hint: SPLIT,
  });
  refused.cause = error;
  return refused;
}

/** The way out of a problem that is too large. */
export const SPLIT = 'Split the batch or the heads over several problems, or the keys, merging the results by their log-sum-exp.';

function lostError(device: Device): DeviceLostError {
  return new DeviceLostError({
    what: `gpu.js ${device.mode}`,
    got: `a device that was lost (${device.description})`,
    wanted: 'a live one',
    hint: 'Dispose this backend and create a new one.',
  });
}
