// The WebAssembly memory that one call works in, and the pool that lends it.
//
// Memories belong to a backend, not to a prepared problem: an engine reserves 8 GiB and more of addresses for each, so a program with
// hundreds of prepared problems would run out of them, and what a prepared problem keeps (its bias tables) is small beside what a call
// brings. Calls that overlap each get a memory of their own, so nothing of one can harm another, whichever ends first.
import { UnsupportedError } from '@relbias/bias-spec';
import { mebibytes, withRoom } from '@relbias/bias-spec/backend';
import type { AttendExports } from './module.ts';
import { MAXIMUM_PAGES, instantiateAttend } from './module.ts';

const PAGE = 65536;
/** 4 GiB less one page: the end must be a 32-bit address. */
const LIMIT = 2 ** 32 - PAGE;
/** A memory never shrinks, so a greater one is not kept for the next call. Beside a call that needs it, fresh pages cost little. */
const KEPT_BYTES = 16 * 2 ** 20;

/** A memory, with the kernel's instance that works in it. */
export interface Workspace {
  readonly memory: WebAssembly.Memory;
  readonly kernel: AttendExports;
}

/** Of what the kernel lays out in a way of its own: bytes, and columns with padding. */
export type SizesOf = Pick<AttendExports, 'scratchBytes' | 'packedBytes' | 'paddedColumns'>;

export interface WorkspacePool {
  /** A workspace of at least so many bytes, the caller's own until it is given back. Contents undefined. */
  take(bytes: number): Workspace;
  /** Returns whether it is kept for another call. */
  give(workspace: Workspace): boolean;
  /** A workspace that its owner keeps: it is lent to no call. @throws UnsupportedError where there is no room. */
  open(): Workspace;
  /** Sizes that do not depend on a memory, as the kernel computes them. For the moment: who keeps them keeps a whole memory alive. */
  sizes(): SizesOf;
  /** Lets go of what is idle, and of everything that is given back later. */
  close(): void;
}

/** `module` as compiled for memory of that kind. */
export function openPool(module: WebAssembly.Module, shared: boolean = false): WorkspacePool {
  // Opened at once, so that a place without room for any is known when the backend is made.
  let idle: Workspace | null = openWorkspace(module, shared);
  let closed = false;
  return {
    sizes: () => (idle ??= openWorkspace(module, shared)).kernel,
    take(bytes) {
      requireAddressable(bytes);
      const workspace = idle ?? openWorkspace(module, shared);
      // Taken before it grows: one that failed to grow is dropped, not kept.
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

/** @throws UnsupportedError where 32-bit addresses do not reach. */
export function requireAddressable(bytes: number, hint: string = "The kernel 'online' copies nothing."): void {
  if (bytes <= LIMIT) return;
  throw new UnsupportedError({
    what: 'cpu wasm',
    got: `a problem that needs ${mebibytes(bytes)} at once`,
    wanted: `at most ${mebibytes(LIMIT)}, which is as far as 32-bit addresses reach`,
    hint,
  });
}

function openWorkspace(module: WebAssembly.Module, shared: boolean): Workspace {
  return allocating(PAGE, () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared });
    return { memory, kernel: instantiateAttend(module, memory) };
  });
}

/** Grows a memory to at least so many bytes. @throws UnsupportedError where there is no room; the memory is as it was. */
export function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) allocating(bytes, () => memory.grow(Math.ceil(missing / PAGE)));
}

function allocating<T>(bytes: number, allocate: () => T): T {
  const hint = "Dispose what is no longer needed, or take the kernel 'online', which copies nothing.";
  return withRoom('cpu wasm', `${mebibytes(bytes)} of WebAssembly memory`, hint, allocate);
}

/** Gives out addresses, one after the other. */
export interface Placing {
  /** The address of so many bytes. */
  take(bytes: number): number;
  /** The same for words of four bytes; 0 where none are wanted. */
  words(count: number | undefined): number;
  /** Behind all that was taken. */
  end(): number;
}

/** A line of the processor's cache: what is read 32 bytes at a time then crosses none. */
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

/** The next address, or size, that is a multiple of a line. */
export function aligned(address: number): number {
  return Math.ceil(address / ALIGN) * ALIGN;
}
