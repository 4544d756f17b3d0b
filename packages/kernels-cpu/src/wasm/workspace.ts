// The WebAssembly memory of one call, and the pool that lends it.
//
// Memories belong to a backend, not to a prepared problem. Engines reserve at least 8 GiB of address space for each, so a program with
// hundreds of prepared problems would run out; and the data of a prepared problem (its bias tables) is small compared to the inputs of a call.
// Overlapping calls use separate memories, so they cannot affect each other.
import { UnsupportedError } from '@relbias/bias-spec';
import { mebibytes, withRoom } from '@relbias/bias-spec/backend';
import type { AttendExports } from './module.ts';
import { MAXIMUM_PAGES, instantiateAttend } from './module.ts';

const PAGE = 65536;
/** 4 GiB minus one page, because the end must be a 32-bit address. */
const LIMIT = 2 ** 32 - PAGE;
/** A larger memory is not kept for the next call, because memories never shrink. Compared to a call that needs it, fresh pages are cheap. */
const KEPT_BYTES = 16 * 2 ** 20;

/** A memory with a kernel instance over it. */
export interface Workspace {
  readonly memory: WebAssembly.Memory;
  readonly kernel: AttendExports;
}

/** Sizes that depend on the kernel's own layout. */
export type SizesOf = Pick<AttendExports, 'scratchBytes' | 'packedBytes' | 'paddedColumns'>;

export interface WorkspacePool {
  /** Lends a workspace of at least `bytes` bytes until it is given back. Its contents are undefined. */
  take(bytes: number): Workspace;
  /** Takes a workspace back. Returns whether it is kept for another call. */
  give(workspace: Workspace): boolean;
  /** A workspace that the caller keeps. @throws UnsupportedError if memory runs out. */
  open(): Workspace;
  /** Sizes as the kernel computes them. Do not keep the result: it holds a whole memory. */
  sizes(): SizesOf;
  /** Releases the idle workspace, and later every workspace that is given back. */
  close(): void;
}

/** `module` must be compiled for the same kind of memory. */
export function openPool(module: WebAssembly.Module, shared: boolean = false): WorkspacePool {
  // Opened immediately: creating the backend must fail if there is no memory at all.
  let idle: Workspace | null = openWorkspace(module, shared);
  let closed = false;
  return {
    sizes: () => (idle ??= openWorkspace(module, shared)).kernel,
    take(bytes) {
      requireAddressable(bytes);
      const workspace = idle ?? openWorkspace(module, shared);
      // Cleared before it grows: one that fails to grow is dropped.
      idle = null;
      grow(workspace.memory, bytes);
      return workspace;
    },
    open: () => openWorkspace(module, shared),
    give(workspace) {
      if (!closed && workspace.memory.buffer.byteLength <= KEPT_BYTES) idle ??= workspace;
      return idle === workspace;
    },
    close() {
      closed = true;
      idle = null;
    },
  };
}

/** @throws UnsupportedError for more bytes than 32-bit addresses reach. */
export function requireAddressable(
  bytes: number,
  hint: string = "Split the problem, or use the kernel 'online', which copies nothing.",
): void {
  if (bytes <= LIMIT) return;
  throw new UnsupportedError({
    what: 'cpu wasm',
    got: `a problem that needs ${mebibytes(bytes)} of memory`,
    wanted: `at most ${mebibytes(LIMIT)}, the limit of 32-bit addresses`,
    hint,
  });
}

function openWorkspace(module: WebAssembly.Module, shared: boolean): Workspace {
  return allocating(PAGE, () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared });
    return { memory, kernel: instantiateAttend(module, memory) };
  });
}

/** Grows a memory to at least `bytes` bytes. @throws UnsupportedError if memory runs out; the memory is then unchanged. */
export function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) allocating(bytes, () => memory.grow(Math.ceil(missing / PAGE)));
}

function allocating<T>(bytes: number, allocate: () => T): T {
  const hint = "Dispose prepared problems, caches or backends, or use the kernel 'online', which copies nothing.";
  return withRoom('cpu wasm', `${mebibytes(bytes)} of WebAssembly memory`, hint, allocate);
}

/** Assigns addresses in increasing order. */
export interface Placing {
  /** Reserves `bytes` bytes and returns their address. */
  take(bytes: number): number;
  /** The same for words of four bytes; 0 if `count` is undefined. */
  words(count: number | undefined): number;
  /** The first address after everything reserved. */
  end(): number;
}

/** A cache line: 32-byte reads never cross one. */
const ALIGN = 64;

/** Addresses from `start` on. */
export function placingFrom(start: number): Placing {
  let end = start;
  const take = (bytes: number): number => {
    const address = aligned(end);
    end = address + bytes;
    return address;
  };
  return { take, words: (count) => (count === undefined ? 0 : take(count * 4)), end: () => end };
}

/** Rounds an address or a size up to a whole cache line. */
export function aligned(address: number): number {
  return Math.ceil(address / ALIGN) * ALIGN;
}
