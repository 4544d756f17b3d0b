// The error of a device that is gone, and how to tell it from what it causes.
import { DeviceLostError } from '@relbias/bias-spec';
import type { Device } from './devices/device.ts';
import { macrotask } from './devices/device.ts';

export function requireLiving(device: Device): void {
  if (device.isLost()) throw lostError(device);
}

/** What to throw for an error of gpu.js: where the device is gone that is the error, and all else its symptoms. */
export async function explained(device: Device, error: unknown): Promise<unknown> {
  // The news of a loss may still be under way when its first symptom is thrown.
  await macrotask();
  if (!device.isLost()) return error;
  const lost = lostError(device);
  lost.cause = error;
  return lost;
}

function lostError(device: Device): DeviceLostError {
  return new DeviceLostError({
    what: `gpu.js ${device.mode}`,
    got: `a device that was lost (${device.description})`,
    wanted: 'a live one',
    hint: 'Dispose this backend and create a new one.',
  });
}
