// Mode webgpu. gpu.js holds one device for the whole process and finds it through `navigator.gpu`; a caller who has a device or a `GPU`
// of their own (in Node that is the only way) has it shown to gpu.js there for the moment in which it looks.
import { UnsupportedError } from '@relbias/bias-spec';
import type { WebGpuAdapterInfo, WebGpuDevice } from '../library.ts';
import { library } from '../library.ts';
import type { Device } from './device.ts';

/** What has adapters: `navigator.gpu`, or `create([])` of the npm package webgpu. */
export interface WebGpuEntry {
  requestAdapter(): Promise<object | null>;
}

/** Where the device comes from; at most one of the two. */
export interface WebGpuSource {
  readonly gpu?: WebGpuEntry;
  readonly device?: WebGpuDevice;
}

export async function openWebgpu({ gpu: entry, device: own }: WebGpuSource): Promise<Device> {
  const shown = own === undefined ? entry : entryOf(own);
  const { gpu, context } = await withNavigatorGpu(shown, async () => {
    if (typeof navigator === 'undefined' || !('gpu' in navigator)) throw missing('no navigator.gpu');
    const made = new library.GPU({ mode: 'webgpu' });
    try {
      return { gpu: made, context: await library.WebGPUContext.acquire() };
    } catch (error) {
      throw missing(error instanceof Error ? error.message : String(error));
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
    mostBytes: Infinity,
    brokenLimit([x, y, z]) {
      const bytes = 4 * x * y * z;
      if (bytes > maxBytes) return `${bytes} bytes, where a buffer of this device may have ${maxBytes}`;
      // gpu.js launches groups of 8 x 8 x 1.
      const groups = Math.max(Math.ceil(x / 8), Math.ceil(y / 8), z);
      return groups <= maxGroups ? null : `${groups} workgroups along one side, where this device allows ${maxGroups}`;
    },
    isLost: () => context.isLost,
    verify: () => {},
    async issue(work) {
      // Errors outside any scope would only reach gpu.js's console.error, with the run resolving as if nothing had happened.
      device.pushErrorScope('out-of-memory');
      device.pushErrorScope('validation');
      try {
        return await work();
      } finally {
        for (const report of [device.popErrorScope(), device.popErrorScope()]) {
          // Nobody synchronises after a loss, and a report that is not asked for must not end the process.
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
          got: `the device's error "${found.message}"`,
          wanted: 'a run without errors',
        });
      }
      await device.queue.onSubmittedWorkDone();
    },
    async close() {
      await gpu.destroy();
      // A lost device has left gpu.js by itself, and another may have taken its place.
      if (!context.isLost) await letGo(device, own !== undefined);
    },
  };
}

function missing(got: string): UnsupportedError {
  return new UnsupportedError({
    what: 'gpu.js mode webgpu',
    got,
    wanted: 'WebGPU with an adapter',
    hint:
      'In Node pass `gpu: create([])` from the npm package webgpu. Browsers have it on secure pages only; ' +
      'headless Chromium without a GPU needs --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader.',
  });
}

/** A `GPU` whose only adapter gives the caller's device. */
function entryOf(device: WebGpuDevice): WebGpuEntry {
  const adapter = { limits: device.limits, info: device.adapterInfo, requestDevice: async () => device };
  return { requestAdapter: async () => adapter };
}

/** Runs `work` while `navigator.gpu` is `entry`, and leaves no trace. */
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

/** Makes gpu.js forget the device. It destroys what it forgets, which is not ours to do with a caller's device. */
async function letGo(device: WebGpuDevice, isCallers: boolean): Promise<void> {
  if (isCallers) Object.defineProperty(device, 'destroy', { value: () => {}, configurable: true });
  try {
    await library.WebGPUContext.destroy();
  } finally {
    if (isCallers) Reflect.deleteProperty(device, 'destroy');
  }
}

function describe({ vendor, architecture, device, description }: WebGpuAdapterInfo): string {
  const parts = [vendor, architecture, device, description].filter((part) => part !== undefined && part !== '');
  return parts.length > 0 ? parts.join(' ') : 'an adapter that does not tell its name';
}
