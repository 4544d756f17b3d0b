// The WebAssembly module: checked, decoded and compiled once per process, instantiated over a memory of the caller's.
//
// A module says whether the memory that it imports is shared, and an engine takes no other: shared memory is missing in pages that are
// not isolated, and a shared buffer cannot be handed to everything that takes a buffer, so both kinds are needed. They differ in one
// byte of the import, so the bytes travel once and that byte is set here.
import { UnsupportedError } from '@relbias/bias-spec';
import { ATTEND_WASM, MEMORY_FLAGS_AT } from '../generated/attend-wasm.ts';

/** What assembly/index.ts exports. Pointers and sizes are bytes in the memory given at instantiation. */
export interface AttendExports {
  attend(strip: number): void;
  packPanels(source: number, rows: number, d: number, width: number, factor: number, target: number): void;
  appendPanels(source: number, rows: number, d: number, width: number, at: number, target: number): void;
  clearPanel(d: number, width: number, at: number, target: number): void;
  putTableMaxima(table: number, count: number, maxima: number): number;
  putKeyNorms(packedKeys: number, keyLength: number, d: number, norms: number): void;
  padRows(source: number, rows: number, dv: number, stride: number, target: number): void;
  widenHalves(source: number, count: number, bfloat: boolean, target: number): void;
  scratchBytes(d: number, dv: number): number;
  packedBytes(rows: number, d: number, width: number): number;
  paddedColumns(dv: number): number;
}

/** The memory that a module imports. */
export interface MemoryKind {
  /** Whether several threads may work in it. */
  readonly shared: boolean;
}

/** The most pages of a memory, as the module's import says it: all that 32-bit addresses reach. An engine reserves no more for it than without. */
export const MAXIMUM_PAGES = 65536;

const compiled = new Map<boolean, WebAssembly.Module>();

/** The compiled module; later calls get the same one. @throws UnsupportedError where it cannot run. */
export async function compileAttend({ shared }: MemoryKind): Promise<WebAssembly.Module> {
  const known = compiled.get(shared);
  if (known !== undefined) return known;
  const bytes = supportedBytes(shared);
  try {
    const module = await WebAssembly.compile(bytes);
    compiled.set(shared, module);
    return module;
  } catch (error) {
    throw refused(error, '');
  }
}

/** The compiled module at once, on this thread: for the synchronous entry. @throws UnsupportedError where it cannot run. */
export function compileAttendSync({ shared }: MemoryKind): WebAssembly.Module {
  const known = compiled.get(shared);
  if (known !== undefined) return known;
  const bytes = supportedBytes(shared);
  try {
    const module = new WebAssembly.Module(bytes);
    compiled.set(shared, module);
    return module;
  } catch (error) {
    throw refused(error, 'createCpuBackend compiles without holding the thread, which some pages insist on. ');
  }
}

/** An instance that works in `memory`. */
export function instantiateAttend(module: WebAssembly.Module, memory: WebAssembly.Memory): AttendExports {
  const imports = { env: { memory }, host: { log: Math.log } };
  return new WebAssembly.Instance(module, imports).exports as unknown as AttendExports;
}

const WAY_OUT = "The kernel 'online' needs no WebAssembly.";

function supportedBytes(shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(ATTEND_WASM), (character) => character.charCodeAt(0));
  bytes[MEMORY_FLAGS_AT] = shared ? 3 : 1;
  if (typeof WebAssembly === 'object' && WebAssembly.validate(bytes)) return bytes;
  throw new UnsupportedError({
    what: 'cpu wasm',
    got: typeof WebAssembly === 'object' ? 'WebAssembly without SIMD' : 'an engine without WebAssembly',
    wanted: 'WebAssembly with fixed-width SIMD and bulk memory',
    hint: WAY_OUT,
  });
}

/** Engines that could run the module may still be told not to: by a content security policy, or by a limit on the main thread. */
function refused(error: unknown, hint: string): UnsupportedError {
  return new UnsupportedError({
    what: 'cpu wasm',
    got: `an engine that refuses to compile it (${error instanceof Error ? error.message : String(error)})`,
    wanted: "leave to compile WebAssembly, in a content security policy: script-src 'wasm-unsafe-eval'",
    hint: `${hint}${WAY_OUT}`,
  });
}
