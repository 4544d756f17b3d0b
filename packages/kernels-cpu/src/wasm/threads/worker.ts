// The program of a worker: owns tickets, computes their row blocks, spins briefly when there are none, then sleeps until the bell rings.
// scripts/build-worker.mjs makes text of this file and of control.ts; nothing imports it, and it may import nothing else.
import {
  BELL,
  DONE,
  FAILED,
  FINISHED,
  MAIL,
  MEMORY,
  PARKED,
  RING,
  RING_STRIDE,
  SCRATCH,
  SCRATCH_STRIDE,
  placeOf,
  takeTicket,
} from './control.ts';

/** How long a worker without work stays awake, in milliseconds: calls that follow one another soon find it so. */
const SPIN_MS = 0.2;

/** The first message. */
export interface WorkerInit {
  readonly control: Int32Array;
  readonly module: WebAssembly.Module;
  /** Which thread this is; the caller's is 0. */
  readonly thread: number;
  /** Places of the ring. */
  readonly places: number;
  /** The word of a parameter block that holds the address of scratch memory. */
  readonly scratchWord: number;
}

/** Every later message: a memory to know by number, or to let go. */
export interface MemoryMessage {
  readonly number: number;
  readonly memory: WebAssembly.Memory | null;
}

/** What is used of `self` and of Node's parentPort. */
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
let mailRead = 0;

function meet({ module }: WorkerInit, memory: WebAssembly.Memory): KnownMemory {
  const { attend } = new WebAssembly.Instance(module, { env: { memory }, host: { log: Math.log } }).exports;
  return { attend: attend as KnownMemory['attend'], words: new Int32Array(memory.buffer) };
}

/** Works until there is mail. */
function serve({ control, thread, places, scratchWord }: WorkerInit): void {
  const readAll = (): boolean => Atomics.load(control, MAIL) === mailRead;
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
  mailRead++;
  if (memory === null) forget(number);
  else known.set(number, meet(init, memory));
  return init;
}

/** More than this is not needed to be noticed. */
const MOST_PRESSURE = 2 ** 28;

/**
 * Lets go of a memory. A worker allocates nothing and engines do not count shared memory, so that its garbage would never be collected: an
 * array of the same size, which is never touched and costs next to nothing, makes them count what has become free.
 */
function forget(number: number): void {
  const bytes = known.get(number)?.words.byteLength ?? 0;
  known.delete(number);
  void new ArrayBuffer(Math.min(bytes, MOST_PRESSURE));
}

port.addEventListener('message', ({ data }) => {
  try {
    serve(read(data));
  } catch (error) {
    // The event that tells of the error cannot arrive while the caller waits in a synchronous run; this word can.
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
