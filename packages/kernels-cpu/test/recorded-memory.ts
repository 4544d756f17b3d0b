// Records the WebAssembly memories that a backend creates. Not a test.
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { vi } from 'vitest';

export interface RecordedMemories {
  readonly made: readonly WebAssembly.Memory[];
  /** From now on, growing a memory fails as in a full address space. */
  refuseToGrow(refuse: boolean): void;
}

/** Until vi.unstubAllGlobals, every memory is recorded. */
export function recordMemories(): RecordedMemories {
  // The first backend of a process tries the variants of its kernel, in memories that this test must not record.
  createCpuBackendSync();
  const made: WebAssembly.Memory[] = [];
  let refused = false;
  class Recorded extends WebAssembly.Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      made.push(this);
    }

    override grow(pages: number): number {
      if (refused) throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
      return super.grow(pages);
    }
  }
  // The engine's namespace object, with one property changed.
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { Memory: Recorded }));
  return { made, refuseToGrow: (refuse) => (refused = refuse) };
}
