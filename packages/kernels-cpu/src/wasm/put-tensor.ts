// Tensors on their way into the kernel's memory: copied as they are, and made float32 there, so that no copy of a whole tensor is.
import type { RawTensor } from '@relbias/bias-spec/backend';
import type { AttendExports } from './module.ts';

/** Writes the `count` numbers of a tensor from `start` on to byte address `to`, as float32. */
export type PutTensor = (tensor: RawTensor, start: number, count: number, to: number) => void;

/** Writes into a memory as it is now: growing it detaches the views that this holds. */
export function tensorPutter(memory: WebAssembly.Memory, kernel: Pick<AttendExports, 'widenHalves'>): PutTensor {
  const floats = new Float32Array(memory.buffer);
  const halves = new Uint16Array(memory.buffer);
  return ({ dtype, data }, start, count, to) => {
    const whole = start === 0 && count === data.length;
    const numbers = whole ? data : data.subarray(start, start + count);
    if (dtype === 'float32') {
      floats.set(numbers, to / 4);
      return;
    }
    // The bits take the last half of the place and widen from there.
    const bits = to + 2 * count;
    halves.set(numbers, bits / 2);
    kernel.widenHalves(bits, count, dtype === 'bfloat16', to);
  };
}
