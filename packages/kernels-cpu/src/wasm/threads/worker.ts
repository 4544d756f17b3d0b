// The program of a worker: takes tickets, computes their row blocks, spins briefly when there are none, then sleeps until BELL changes.
// scripts/build-worker.mjs turns this file and control.ts into a string; nothing imports this file, and it may import nothing else.
import {
  BELL,
  DONE,
  FAILED,
  FINISHED,
  MEMORY,
  MESSAGES,
  PARKED,
  RING,
  RING_STRIDE,
  SCRATCH,
  SCRATCH_STRIDE,
  placeOf,
  takeTicket,
} from './control.ts';

/** How long a worker without work spins before it sleeps, in milliseconds: a call that follows soon finds it awake. */
const SPIN_MS = 0.2;

/** The first message. */
export interface WorkerInit {
  readonly control: Int32Array;
  readonly module: WebAssembly.Module;
  /** The number of this thread; the caller's is 0. */
  readonly thread: number;
  /** The number of places in the ring. */
  readonly places: number;
  /** The word of a parameter block that holds the address of scratch memory. */
  readonly scratchWord: number;
}

/** Every later message: a memory and its number, or null to release that memory. */
export interface MemoryMessage {
  readonly number: number;
  readonly memory: WebAssembly.Memory | null;
}

/** The parts of `self` and of Node's parentPort in use. */
interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  start?(): void;
}

interface KnownMemory {
  attend(rowBlock: number): void;
  readonly words: Int32Array;
}

const { process } = globalThis as {
  process?: { getBuiltinModule?(name: string): { readonly parentPort: Port | null } | undefined };
};
const port: Port = process?.getBuiltinModule?.('node:worker_threads')?.parentPort ?? globalThis;

const known = new Map<number, KnownMemory>();
let init: WorkerInit | null = null;
let messagesRead = 0;

function instantiate({ module }: WorkerInit, memory: WebAssembly.Memory): KnownMemory {
  const { attend } = new WebAssembly.Instance(module, { env: { memory }, host: { log: Math.log } }).exports;
  return { attend: attend as KnownMemory['attend'], words: new Int32Array(memory.buffer) };
}

/** Computes until a message arrives. */
function work({ control, thread, places, scratchWord }: WorkerInit): void {
  const readAll = (): boolean => Atomics.load(control, MESSAGES) === messagesRead;
  let idleSince = 0;
  for (;;) {
    const bell = Atomics.load(control, BELL);
    const ticket = takeTicket(control, readAll);
    if (ticket !== null) {
      const { attend, words } = known.get(Atomics.load(control, MEMORY)) as KnownMemory;
      const place = placeOf(ticket, places);
      const rowBlock = Atomics.load(control, RING) + place * Atomics.load(control, RING_STRIDE);
      words[rowBlock / 4 + scratchWord] = Atomics.load(control, SCRATCH) + thread * Atomics.load(control, SCRATCH_STRIDE);
      attend(rowBlock);
      Atomics.store(control, DONE + place, 1);
      Atomics.add(control, FINISHED, 1);
      Atomics.notify(control, FINISHED);
      idleSince = 0;
      continue;
    }
    if (!readAll()) return;
    const now = performance.now();
    if (idleSince === 0) idleSince = now;
    if (now - idleSince < SPIN_MS) continue;
    Atomics.add(control, PARKED, 1);
    Atomics.wait(control, BELL, bell);
    Atomics.sub(control, PARKED, 1);
    idleSince = 0;
  }
}

function read(data: unknown): WorkerInit {
  if (init === null) {
    init = data as WorkerInit;
    port.postMessage('ready');
    return init;
  }
  const { number, memory } = data as MemoryMessage;
  messagesRead++;
  if (memory === null) forget(number);
  else known.set(number, instantiate(init, memory));
  return init;
}

/** The size in bytes that suffices to start a garbage collection. */
const MAX_PRESSURE = 2 ** 28;

/**
 * Releases a memory. A worker allocates nothing, and engines do not count shared memory, so it would never be garbage-collected. Allocating an
 * array of the same size, which is never touched and costs almost nothing, makes the engine collect.
 */
function forget(number: number): void {
  const bytes = known.get(number)?.words.byteLength ?? 0;
  known.delete(number);
  void new ArrayBuffer(Math.min(bytes, MAX_PRESSURE));
}

port.addEventListener('message', ({ data }) => {
  try {
    work(read(data));
  } catch (error) {
    // The error event cannot reach a caller that is blocked in a synchronous run; this word can.
    const control = init?.control;
    if (control !== undefined) {
      Atomics.store(control, FAILED, 1);
      Atomics.add(control, FINISHED, 1);
      Atomics.notify(control, FINISHED);
    }
    throw error;
  }
});
port.start?.();
