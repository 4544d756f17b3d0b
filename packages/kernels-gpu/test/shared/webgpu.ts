// Mode webgpu on a device with counted buffers, which tests can destroy. Runs in Node and in browsers.
import { createGpuBackend } from '@relbias/kernels-gpu';
import type { WebGpuDevice } from '@relbias/kernels-gpu';
import type { ModeUnderTest } from './mode.ts';

/** The members of a `GPU` in use, so the tests need no type declarations of WebGPU. */
export interface WebGpu {
  requestAdapter(): Promise<{ requestDevice(): Promise<WebGpuDevice> } | null>;
}

interface Buffer {
  destroy(): void;
}

type CountedDevice = WebGpuDevice & {
  createBuffer(descriptor: object): Buffer;
  readonly lost: Promise<unknown>;
  destroy(): void;
};

export interface WebGpuMode extends ModeUnderTest {
  /** The device that `open` uses. */
  device(): Promise<CountedDevice>;
}

export function webgpuMode(gpu: WebGpu): WebGpuMode {
  let current: Promise<CountedDevice> | undefined;
  let live = 0;

  async function counted(): Promise<CountedDevice> {
    const adapter = await gpu.requestAdapter();
    if (adapter === null) throw new Error('this test needs a WebGPU adapter');
    const device = (await adapter.requestDevice()) as CountedDevice;
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      let destroyed = false;
      live++;
      buffer.destroy = () => {
        if (!destroyed) live--;
        destroyed = true;
        destroy();
      };
      return buffer;
    };
    return device;
  }

  const device = (): Promise<CountedDevice> => (current ??= counted());
  return {
    mode: 'webgpu',
    device,
    open: async () => createGpuBackend({ mode: 'webgpu', device: await device() }),
    live: () => live,
    async loseDevice() {
      const going = await device();
      current = undefined;
      going.destroy();
      await going.lost;
    },
  };
}
