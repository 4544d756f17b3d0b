// Mode webasm: gpu.js's WebAssembly kernels on this thread. Not a GPU; for those who ask for it by name.
import { UnsupportedError } from '@relbias/bias-spec';
import { library } from '../library.ts';
import type { Device } from './device.ts';
import { macrotask } from './device.ts';

/** One array of a kernel. */
const MAX_BYTES = 2 ** 29;
/** gpu.js lays all arguments and the result of a kernel into one memory, addressed by signed 32 bits. */
const MAX_MEMORY = 2 ** 31;

export async function openWebasm(): Promise<Device> {
  if (typeof WebAssembly === 'undefined') {
    throw new UnsupportedError({ what: 'gpu.js mode webasm', got: 'no WebAssembly', wanted: 'an engine that has it' });
  }
  const gpu = new library.GPU({ mode: 'webasm' });
  return {
    mode: 'webasm',
    gpu,
    description: 'WebAssembly, 1 thread',
    kernelClass: { name: 'WebAssemblyKernel', constructor: library.WebAssemblyKernel },
    brokenLimit([x, y, z]) {
      const bytes = 4 * x * y * z;
      return bytes <= MAX_BYTES ? null : `${bytes} bytes, where an array of a kernel in WebAssembly may have ${MAX_BYTES}`;
    },
    mostBytes: MAX_MEMORY,
    isLost: () => false,
    verify: () => {},
    issue: (work) => work(),
    synchronize: macrotask,
    close: () => gpu.destroy(),
  };
}
