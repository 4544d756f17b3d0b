// Translates errors of gpu.js: a lost device and a lack of memory are recognised behind the errors that they cause.
import { DeviceLostError, UnsupportedError } from '@relbias/bias-spec';
import type { Device } from './devices/device.ts';
import { macrotask } from './devices/device.ts';

export function requireDevice(device: Device): void {
  if (device.isLost()) throw lostError(device);
}

/**
 * The error to throw for an error of gpu.js. If the device is lost, that is the cause, and every other error its symptom. A bare RangeError is
 * what engines throw when there is no memory left for an array or for WebAssembly.
 */
export async function translated(device: Device, error: unknown): Promise<unknown> {
  // The event of a loss may arrive after its first symptom is thrown.
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
    wanted: 'enough memory for them',
    hint: SPLIT,
  });
  refused.cause = error;
  return refused;
}

/** The hint for a problem that is too large. */
export const SPLIT = 'Split the batch or the heads over several problems, or the keys, merging the results by their log-sum-exp.';

function lostError(device: Device): DeviceLostError {
  return new DeviceLostError({
    what: `gpu.js ${device.mode}`,
    got: `a lost device (${device.description})`,
    wanted: 'a working device',
    hint: 'Dispose this backend and create a new one.',
  });
}
