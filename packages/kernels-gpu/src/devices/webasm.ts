// Mode webasm: gpu.js's WebAssembly kernels on this thread. It is not a GPU and runs only when asked for by name.
import { UnsupportedError } from '@relbias/bias-spec';
import { runtime } from '@relbias/bias-spec/backend';
import { library } from '../library.ts';
import type { Device } from './device.ts';
import { macrotask } from './device.ts';

/** The most bytes of one array of a kernel. */
const MAX_BYTES = 2 ** 29;
/** The most bytes of all arguments and the result of a kernel: gpu.js puts them in one memory, with signed 32-bit addresses. */
const MAX_MEMORY = 2 ** 31;

export async function openWebasm(): Promise<Device> {
  if (typeof WebAssembly === 'undefined') {
    throw new UnsupportedError({
      what: 'gpu.js mode webasm',
      got: `no WebAssembly in ${runtime().name}`,
      wanted: 'a runtime with WebAssembly',
      hint: "Use the kernel 'online' of @relbias/kernels-cpu, which needs no WebAssembly.",
    });
  }
  const gpu = new library.GPU({ mode: 'webasm' });
  return {
    mode: 'webasm',
    gpu,
    description: 'WebAssembly, 1 thread',
    kernelClass: { name: 'WebAssemblyKernel', constructor: library.WebAssemblyKernel },
    brokenLimit([x, y, z]) {
      const bytes = 4 * x * y * z;
      return bytes <= MAX_BYTES ? null : `${bytes} bytes, more than the ${MAX_BYTES} that one array may have in WebAssembly`;
    },
    maxBytes: MAX_MEMORY,
    isLost: () => false,
    verify: () => {},
    issue: (work) => work(),
    synchronize: macrotask,
    close: () => gpu.destroy(),
  };
}
