// The parameter block of the kernel, as TypeScript writes it. Its fields are defined once, in assembly/strip.ts.
import { STRIP_FIELDS } from '../generated/attend-wasm.ts';

export type StripField = keyof typeof STRIP_FIELDS;

/** Words of a block; four bytes each. */
export const STRIP_WORDS: number = Object.keys(STRIP_FIELDS).length;

/** The same memory as float32 and as int32. */
export interface Words {
  readonly floats: Float32Array;
  readonly ints: Int32Array;
}

/** Views of all of a memory as it is now: growing it detaches them. */
export function wordsOf(memory: WebAssembly.Memory): Words {
  return { floats: new Float32Array(memory.buffer), ints: new Int32Array(memory.buffer) };
}

/** Sets one field of the block at byte address `strip`. Addresses above 2^31 keep their bits. */
export function setField({ floats, ints }: Words, strip: number, name: StripField, value: number): void {
  const { word, float } = STRIP_FIELDS[name];
  (float ? floats : ints)[strip / 4 + word] = value;
}

/** Sets every field of the block: those that are not given become 0, which is 'not given' for an address. */
export function setFields(words: Words, strip: number, values: Partial<Record<StripField, number>>): void {
  for (const name of Object.keys(STRIP_FIELDS) as StripField[]) setField(words, strip, name, values[name] ?? 0);
}
