// Specific to mode webgpu: a device of the caller's, which is not destroyed, and errors that WebGPU reports asynchronously.
import type { GpuBackendOptions } from '@relbias/kernels-gpu';
import { createGpuBackend } from '@relbias/kernels-gpu';
import { UnsupportedError } from '@relbias/bias-spec';
import { expect, test } from 'vitest';
import { problemOf, runOnce } from './mode.ts';
import type { WebGpuMode } from './webgpu.ts';

export function testCallersDevice({ open, device }: WebGpuMode): void {
  test("a caller's device is not destroyed or modified, and navigator is restored", async () => {
    const own = await device();
    const names = Object.getOwnPropertyNames(own).toSorted();
    const gpuBefore = typeof navigator === 'undefined' ? undefined : Object.getOwnPropertyDescriptor(navigator, 'gpu');
    const backend = await open();
    await runOnce(await backend.prepare(problemOf(16)));
    await backend.dispose();
    expect(Object.getOwnPropertyNames(own).toSorted()).toEqual(names);
    const gpuAfter = typeof navigator === 'undefined' ? undefined : Object.getOwnPropertyDescriptor(navigator, 'gpu');
    expect(gpuAfter).toEqual(gpuBefore);
    const again = await open();
    await runOnce(await again.prepare(problemOf(16)));
    await again.dispose();
  });

  test('a second source of devices is refused while the first is in use', async () => {
    const backend = await open();
    await expect(createGpuBackend({ mode: 'webgpu' })).rejects.toThrow(
      /a second source of devices.*dispose those backends first/s,
    );
    await backend.dispose();
  });

  test('an error of the device rejects the run in which it happened, not the next', async () => {
    const own = await device();
    const backend = await open();
    const prepared = await backend.prepare(problemOf(16));
    await runOnce(prepared);
    const { createBuffer } = own;
    // Mapped for reading and bound for storage: WebGPU forbids it, and reports it only to error scopes and listeners.
    own.createBuffer = (descriptor) => createBuffer({ ...descriptor, usage: 0x0001 | 0x0080 });
    const larger = backend.prepare(problemOf(300));
    await expect(larger).rejects.toThrow(UnsupportedError);
    await expect(larger).rejects.toThrow(/the device error/);
    own.createBuffer = createBuffer;
    expect(new Set((await runOnce(prepared)).output.data)).toEqual(new Set([0.5]));
    await backend.dispose();
  });

  test('both gpu and device, or either with another mode, is an error', async () => {
    const own = await device();
    const gpu = { requestAdapter: async () => null };
    await expect(createGpuBackend({ mode: 'webgpu', gpu, device: own })).rejects.toThrow(/both gpu and device/);
    await expect(createGpuBackend({ mode: 'webasm', gpu })).rejects.toThrow(/createGpuBackend.gpu: got one with mode "webasm"/);
    await expect(createGpuBackend({ mode: 'webgl2', device: own })).rejects.toThrow(/createGpuBackend.device/);
  });

  test('no adapter is an error that says what to do', async () => {
    const options: GpuBackendOptions = { mode: 'webgpu', gpu: { requestAdapter: async () => null } };
    await expect(createGpuBackend(options)).rejects.toThrow(UnsupportedError);
    await expect(createGpuBackend(options)).rejects.toThrow(/no adapter.*mesa-vulkan-drivers|no adapter.*mode 'webgl2'/s);
  });
}
