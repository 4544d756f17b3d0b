// The WebAssembly modules, one per variant of the kernel: decoded, validated and compiled once per process, instantiated over a memory of
// the caller. variant.ts chooses the variant.
//
// A module declares whether the memory it imports is shared, and engines accept no other kind. Both kinds are needed: pages without
// cross-origin isolation have no shared memory, and some APIs refuse shared buffers. The two differ in one byte of the import, which is
// set here, so the package contains each module once.
import { UnsupportedError } from '@relbias/bias-spec';
import { runtime } from '@relbias/bias-spec/backend';
import * as madd from '../generated/attend-madd.ts';
import * as simd from '../generated/attend-simd.ts';
import type { VariantName } from './variant-names.ts';

/** The exports of assembly/index.ts. Pointers are byte addresses in the memory given at instantiation. */
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

/** Which module: a variant, for one kind of memory. */
export interface ModuleKind {
  readonly variant: VariantName;
  /** Whether the imported memory is shared between threads. */
  readonly shared: boolean;
}

/** An uncompiled module, as scripts/build-wasm.mjs writes it. */
interface Binary {
  readonly ATTEND_WASM: string;
  readonly MEMORY_FLAGS_AT: number;
}

/** `wide` runs on request only, so it is imported on request. */
const binaries = new Map<VariantName, Binary>([
  ['simd', simd],
  ['madd', madd],
]);

/** The maximum of the imported memory in pages: the whole 32-bit address space. It does not make engines reserve more. */
export const MAXIMUM_PAGES = 65536;

const compiled = new Map<string, WebAssembly.Module>();

/** The compiled module, the same object on every call. @throws UnsupportedError if it cannot run here. */
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
    throw refusal(error, false);
  }
}

/** The same, compiled synchronously on this thread. @throws UnsupportedError if it cannot run here. */
export function compileAttendSync(kind: ModuleKind): WebAssembly.Module {
  const known = compiled.get(nameOf(kind));
  if (known !== undefined) return known;
  const bytes = supportedBytes(kind);
  try {
    const module = new WebAssembly.Module(bytes);
    compiled.set(nameOf(kind), module);
    return module;
  } catch (error) {
    throw refusal(error, true);
  }
}

function nameOf({ variant, shared }: ModuleKind): string {
  return `${variant}${shared ? ' shared' : ''}`;
}

/** Whether the engine supports the instructions of a variant. */
export function runsHere(variant: 'simd' | 'madd'): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(bytesOf({ variant, shared: false }));
}

/** An instance over `memory`. */
export function instantiateAttend(module: WebAssembly.Module, memory: WebAssembly.Memory): AttendExports {
  const imports = { env: { memory }, host: { log: Math.log } };
  return new WebAssembly.Instance(module, imports).exports as unknown as AttendExports;
}

const WAY_OUT = "Use the kernel 'online' ('cpu:online' in relbias), which needs no WebAssembly.";

function bytesOf({ variant, shared }: ModuleKind): Uint8Array<ArrayBuffer> {
  const binary = binaries.get(variant);
  if (binary === undefined) {
    throw new UnsupportedError({
      what: 'createCpuBackendSync',
      got: `the variant ${variant}, which is not loaded yet`,
      wanted: [...binaries.keys()].join(' or '),
      hint: 'Await createCpuBackend with the same options once: it loads the variant.',
    });
  }
  const bytes = bytesFrom(binary.ATTEND_WASM);
  bytes[binary.MEMORY_FLAGS_AT] = shared ? 3 : 1;
  return bytes;
}

/** The inverse of `textOf` in scripts/build-wasm.mjs: one base-57 digit from '#' to '[', after a prefix from ']' on if a byte is above 56. */
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
  const isSimd = kind.variant === 'simd';
  throw new UnsupportedError({
    what: 'cpu wasm',
    got:
      typeof WebAssembly === 'object'
        ? `WebAssembly without ${isSimd ? '' : 'relaxed '}SIMD in ${runtime().name}`
        : `no WebAssembly in ${runtime().name}`,
    wanted: `WebAssembly with ${isSimd ? 'fixed-width' : 'relaxed'} SIMD and bulk memory`,
    hint: isSimd ? WAY_OUT : "Leave out the option variant, or set it to 'simd'.",
  });
}

/** Engines that support the module may still refuse to compile it: by policy, or for lack of memory. */
function refusal(error: unknown, isSync: boolean): UnsupportedError {
  const { name, kind } = runtime();
  const wanted = {
    edge: 'a runtime that compiles WebAssembly from bytes, which this one never does',
    server: 'a process and a vm context that may compile WebAssembly',
    browser: "a content security policy with script-src 'wasm-unsafe-eval'",
    other: 'a runtime that compiles WebAssembly from bytes',
  };
  const isLimit = error instanceof RangeError;
  return new UnsupportedError({
    what: 'cpu wasm',
    got: `WebAssembly that ${name} refuses to compile (${error instanceof Error ? error.message : String(error)})`,
    wanted: isLimit ? 'a size and an amount of memory that the engine accepts' : wanted[kind],
    hint: isLimit && isSync ? `Use createCpuBackend, which compiles asynchronously. ${WAY_OUT}` : WAY_OUT,
  });
}
