// Mode webgpu. gpu.js holds one device for the whole process and finds it through `navigator.gpu`. A caller's own device or `GPU`, which in
// Node is the only way, is placed there while gpu.js looks for it.
import { UnsupportedError } from '@relbias/bias-spec';
import { runtime } from '@relbias/bias-spec/backend';
import type { WebGpuAdapterInfo, WebGpuDevice } from '../library.ts';
import { library } from '../library.ts';
import { SPLIT } from '../lost.ts';
import type { Device } from './device.ts';

/** A source of adapters: `navigator.gpu`, or `create([])` of the npm package webgpu. */
export interface WebGpuEntry {
  requestAdapter(): Promise<object | null>;
}

/** Where the device comes from. At most one of the two is given. */
export interface WebGpuSource {
  readonly gpu?: WebGpuEntry;
  readonly device?: WebGpuDevice;
}

export async function openWebgpu({ gpu: entry, device: own }: WebGpuSource): Promise<Device> {
  const shown = own === undefined ? entry : entryOf(own);
  const { gpu, context } = await withNavigatorGpu(shown, async () => {
    if (typeof navigator === 'undefined' || !('gpu' in navigator)) throw missing('no navigator.gpu', entry !== undefined);
    const made = new library.GPU({ mode: 'webgpu' });
    try {
      return { gpu: made, context: await library.WebGPUContext.acquire() };
    } catch (error) {
      throw missing(error instanceof Error ? error.message : String(error), entry !== undefined);
    }
  });
  const { device } = context;
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupsPerDimension: maxGroups } = device.limits;
  const maxBytes = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  let reports: Promise<{ readonly message: string } | null>[] = [];
  return {
    mode: 'webgpu',
    gpu,
    description: describe(device.adapterInfo ?? context.adapter.info ?? {}),
    kernelClass: { name: 'WebGPUKernel', constructor: library.WebGPUKernel },
    maxBytes: Infinity,
    brokenLimit([x, y, z]) {
      const bytes = 4 * x * y * z;
      if (bytes > maxBytes) return `${bytes} bytes, more than the ${maxBytes} that one buffer of this device may have`;
      // gpu.js launches groups of 8 x 8 x 1.
      const groups = Math.max(Math.ceil(x / 8), Math.ceil(y / 8), z);
      return groups <= maxGroups ? null : `${groups} workgroups along one axis, more than the ${maxGroups} of this device`;
    },
    isLost: () => context.isLost,
    verify: () => {},
    async issue(work) {
      // Without a scope, errors would only be logged by gpu.js, and the run would resolve as if nothing had happened.
      device.pushErrorScope('out-of-memory');
      device.pushErrorScope('validation');
      try {
        return await work();
      } finally {
        for (const report of [device.popErrorScope(), device.popErrorScope()]) {
          // After a loss nothing awaits the report, and an unhandled rejection must not end the process.
          report.catch(() => {});
          reports.push(report);
        }
      }
    },
    async synchronize() {
      const due = reports;
      reports = [];
      const found = (await Promise.all(due)).find((report) => report !== null);
      if (found !== undefined && found !== null && !context.isLost) {
        throw new UnsupportedError({
          what: 'gpu.js mode webgpu',
          got: `the device error "${found.message}"`,
          wanted: 'a run without errors',
          hint: `For lack of memory: ${SPLIT} Otherwise update the graphics driver, or use a CPU backend.`,
        });
      }
      await device.queue.onSubmittedWorkDone();
    },
    async close() {
      await gpu.destroy();
      // gpu.js has forgotten a lost device already, and may hold another by now.
      if (!context.isLost) await forget(device, own !== undefined);
    },
  };
}

/** `hasEntry`: whether the caller named a source of adapters. */
function missing(got: string, hasEntry: boolean): UnsupportedError {
  const { name, kind } = runtime();
  const { isSecureContext } = globalThis as { isSecureContext?: boolean };
  const browser =
    isSecureContext === false
      ? 'Serve the page over https or from localhost: browsers offer WebGPU on secure pages only.'
      : "Use mode 'webgl2', or a browser with WebGPU. " +
        'Headless Chromium without a GPU needs --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader.';
  const server = hasEntry
    ? 'Install a Vulkan driver (Debian: mesa-vulkan-drivers has one in software), or use a CPU backend.'
    : 'Pass `gpu: create([])` from the npm package webgpu: npm install webgpu.';
  const hints = {
    browser,
    server,
    edge: `${name} has no GPU; use the kernel 'online' of @relbias/kernels-cpu.`,
    other: 'Pass a `gpu` or a `device`, or use a CPU backend (the package @relbias/kernels-cpu).',
  };
  return new UnsupportedError({
    what: 'gpu.js mode webgpu',
    got: `${got} in ${name}`,
    wanted: 'WebGPU with an adapter',
    hint: hints[kind],
  });
}

/** A `GPU` whose only adapter returns the caller's device. */
function entryOf(device: WebGpuDevice): WebGpuEntry {
  const adapter = { limits: device.limits, info: device.adapterInfo, requestDevice: async () => device };
  return { requestAdapter: async () => adapter };
}

/** Runs `work` while `navigator.gpu` is `entry`, then restores it. */
async function withNavigatorGpu<T>(entry: WebGpuEntry | undefined, work: () => Promise<T>): Promise<T> {
  if (entry === undefined) return work();
  const target: object = typeof navigator === 'undefined' ? globalThis : navigator;
  const name = target === globalThis ? 'navigator' : 'gpu';
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value: name === 'gpu' ? entry : { gpu: entry }, configurable: true });
  try {
    return await work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  }
}

/** Makes gpu.js forget the device. gpu.js also destroys it, which must not happen to a caller's device. */
async function forget(device: WebGpuDevice, isCallers: boolean): Promise<void> {
  if (isCallers) Object.defineProperty(device, 'destroy', { value: () => {}, configurable: true });
  try {
    await library.WebGPUContext.destroy();
  } finally {
    if (isCallers) Reflect.deleteProperty(device, 'destroy');
  }
}

function describe({ vendor, architecture, device, description }: WebGpuAdapterInfo): string {
  const parts = [vendor, architecture, device, description].filter((part) => part !== undefined && part !== '');
  return parts.length > 0 ? parts.join(' ') : 'an unnamed adapter';
}
