// The WebAssembly modules, one for each variant of the kernel: checked, decoded and compiled once per process, instantiated over a memory
// of the caller's. Which variant is the best here is for variant.ts to say.
//
// A module says whether the memory that it imports is shared, and an engine takes no other: shared memory is missing in pages that are
// not isolated, and a shared buffer cannot be handed to everything that takes a buffer, so both kinds are needed. They differ in one
// byte of the import, so the bytes travel once and that byte is set here.
import { UnsupportedError } from '@relbias/bias-spec';
import * as madd from '../generated/attend-madd.ts';
import * as simd from '../generated/attend-simd.ts';

/** What assembly/index.ts exports. Pointers and sizes are bytes in the memory given at instantiation. */
export interface AttendExports {
  attend(rowBlock: number): void;
  packPanels(source: number, rows: number, headDim: number, width: number, factor: number, target: number): void;
  appendPanels(source: number, rows: number, headDim: number, width: number, at: number, target: number): void;
  clearPanel(headDim: number, width: number, at: number, target: number): void;
  putTableMaxima(table: number, count: number, maxima: number): number;
  putKeyNorms(packedKeys: number, keyLength: number, headDim: number, norms: number): void;
  padRows(source: number, rows: number, valueDim: number, stride: number, target: number): void;
  hasSafeMagnitudes(source: number, count: number): boolean;
  widenHalves(source: number, count: number, bfloat: boolean, target: number): void;
  canonicalise(numbers: number, count: number, least: number, limit: number): boolean;
  scratchBytes(headDim: number, valueDim: number, reproducible: boolean): number;
  packedBytes(rows: number, headDim: number, width: number): number;
  paddedColumns(valueDim: number): number;
}

/** The builds of the kernel: what they differ in is said in scripts/tiles/variants.mjs. */
export type VariantName = 'simd' | 'madd' | 'wide';

/** Which module. */
export interface ModuleKind {
  readonly variant: VariantName;
  /** Whether several threads may work in the memory that it imports. */
  readonly shared: boolean;
}

/** A module before it is compiled. */
interface Binary {
  readonly ATTEND_WASM: string;
  readonly MEMORY_FLAGS_AT: number;
}

/** `wide` is for those who ask for it, so it is loaded when they do. */
const binaries = new Map<VariantName, Binary>([
  ['simd', simd],
  ['madd', madd],
]);

/** The most pages of a memory, as the module's import says it: all that 32-bit addresses reach. An engine reserves no more for it than without. */
export const MAXIMUM_PAGES = 65536;

const compiled = new Map<string, WebAssembly.Module>();

/** The compiled module; later calls get the same one. @throws UnsupportedError where it cannot run. */
export async function compileAttend(kind: ModuleKind): Promise<WebAssembly.Module> {
  const known = compiled.get(nameOf(kind));
  if (known !== undefined) return known;
  if (kind.variant === 'wide') binaries.set('wide', await import('../generated/attend-wide.ts'));
  const bytes = supportedBytes(kind);
  try {
    const module = await WebAssembly.compile(bytes);
    compiled.set(nameOf(kind), module);
    return module;
  } catch (error) {
    throw refused(error, '');
  }
}

/** The compiled module at once, on this thread: for the synchronous entry. @throws UnsupportedError where it cannot run. */
export function compileAttendSync(kind: ModuleKind): WebAssembly.Module {
  const known = compiled.get(nameOf(kind));
  if (known !== undefined) return known;
  const bytes = supportedBytes(kind);
  try {
    const module = new WebAssembly.Module(bytes);
    compiled.set(nameOf(kind), module);
    return module;
  } catch (error) {
    throw refused(error, 'createCpuBackend compiles without holding the thread, which some pages insist on. ');
  }
}

function nameOf({ variant, shared }: ModuleKind): string {
  return `${variant}${shared ? ' shared' : ''}`;
}

/** Whether the engine knows the instructions of a variant. */
export function runsHere(variant: 'simd' | 'madd'): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(bytesOf({ variant, shared: false }));
}

/** An instance that works in `memory`. */
export function instantiateAttend(module: WebAssembly.Module, memory: WebAssembly.Memory): AttendExports {
  const imports = { env: { memory }, host: { log: Math.log } };
  return new WebAssembly.Instance(module, imports).exports as unknown as AttendExports;
}

const WAY_OUT = "The kernel 'online' needs no WebAssembly.";

function bytesOf({ variant, shared }: ModuleKind): Uint8Array<ArrayBuffer> {
  const binary = binaries.get(variant);
  if (binary === undefined) {
    throw new UnsupportedError({
      what: 'createCpuBackendSync',
      got: `variant ${variant}, which no asynchronous call has loaded yet`,
      wanted: [...binaries.keys()].join(' or '),
      hint: 'createCpuBackend loads it.',
    });
  }
  const bytes = bytesFrom(binary.ATTEND_WASM);
  bytes[binary.MEMORY_FLAGS_AT] = shared ? 3 : 1;
  return bytes;
}

/** The inverse of `textOf` in scripts/build-wasm.mjs: a digit of base 57 from '#' to '[', behind a mark from ']' where a byte is above 56. */
function bytesFrom(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let high = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 92) {
      high = 57 * (code - 92);
    } else {
      bytes[length++] = high + code - 35;
      high = 0;
    }
  }
  return bytes.slice(0, length);
}

function supportedBytes(kind: ModuleKind): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(kind);
  if (typeof WebAssembly === 'object' && WebAssembly.validate(bytes)) return bytes;
  const simdOnly = kind.variant === 'simd';
  throw new UnsupportedError({
    what: 'cpu wasm',
    got:
      typeof WebAssembly === 'object' ? `WebAssembly without ${simdOnly ? '' : 'relaxed '}SIMD` : 'an engine without WebAssembly',
    wanted: `WebAssembly with ${simdOnly ? 'fixed-width' : 'relaxed'} SIMD and bulk memory`,
    hint: simdOnly ? WAY_OUT : "The variant 'simd' does without; it is chosen where that is so.",
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
