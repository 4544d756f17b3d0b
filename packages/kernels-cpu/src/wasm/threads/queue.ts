// The queue of a call's row blocks. Row blocks are numbered from 0 within a call; each occupies a place of a ring until it is collected, so at
// most `places` are in progress. Threads that share a call coordinate through the words of control.ts.
import {
  BELL,
  DONE,
  FAILED,
  FINISHED,
  MEMORY,
  NEXT,
  PARKED,
  PUBLISHED,
  RING,
  RING_STRIDE,
  SCRATCH,
  SCRATCH_STRIDE,
  placeOf,
  takeTicket,
} from './control.ts';

/** The caller's side: it publishes row blocks, computes some itself, and collects results. */
export interface RowBlockQueue {
  /** The threads that may take part, including the caller's. */
  readonly threads: number;
  readonly places: number;
  placeOf(rowBlock: number): number;
  /** Makes the next row block, whose place is filled, available to all threads. */
  publish(): void;
  /** A row block for the caller to compute; null if all published ones are taken. */
  take(): number | null;
  /** Marks one as computed by the caller. */
  finish(rowBlock: number): void;
  isFinished(rowBlock: number): boolean;
  /** Waits until a worker finishes a row block, or until the time `until` (performance.now). @throws DeviceLostError if a worker was lost. */
  wait(until: number): void;
  /** Ends the call and drops row blocks that no thread has taken. False if a worker is still computing, so the memory is not free yet. */
  close(): boolean;
}

/** How long the caller spins before it sleeps, in milliseconds: usually a worker finishes a row block soon. */
const SPIN_MS = 0.1;
/** While asleep, it checks this often that no worker has failed, in milliseconds. */
const CHECK_MS = 1;
/** A row block takes milliseconds. Workers that finish none for this long, in milliseconds, count as lost. */
export const STALL_MS = 30_000;
export const STALLED: string = `no row block finished in ${STALL_MS / 1000} s`;

/** Of one call: the addresses of its parameter blocks and of the scratch memory of each thread. */
export interface Shared {
  readonly ring: number;
  readonly stride: number;
  readonly scratch: number;
  readonly scratchStride: number;
  readonly threads: number;
  readonly places: number;
  /** The number of its memory, as sent to the workers. */
  readonly memory: number;
}

/** The queue of one call; only one may be open at a time. `lose` reports why workers count as lost, after which `requireWhole` throws. */
export function sharedQueue(
  control: Int32Array,
  { threads, places, memory, ring, stride, scratch, scratchStride }: Shared,
  lose: (cause: string) => void,
  requireWhole: () => void,
  onClose: () => void,
): RowBlockQueue {
  Atomics.store(control, MEMORY, memory);
  Atomics.store(control, RING, ring);
  Atomics.store(control, RING_STRIDE, stride);
  Atomics.store(control, SCRATCH, scratch);
  Atomics.store(control, SCRATCH_STRIDE, scratchStride);
  const first = Atomics.load(control, NEXT);
  const mayBlock = canBlock(control);
  let published = 0;
  let seen = Atomics.load(control, FINISHED);
  const place = (rowBlock: number): number => placeOf(first + rowBlock, places);
  const checkWorkers = (): void => {
    if (Atomics.load(control, FAILED) === 1) lose('it threw an exception');
    requireWhole();
  };
  const take = (): number | null => {
    const ticket = takeTicket(control, () => true);
    return ticket === null ? null : (ticket - first) | 0;
  };

  return {
    threads,
    places,
    placeOf: place,
    publish() {
      Atomics.store(control, DONE + place(published), 0);
      published++;
      Atomics.add(control, PUBLISHED, 1);
      Atomics.add(control, BELL, 1);
      if (Atomics.load(control, PARKED) > 0) Atomics.notify(control, BELL, 1);
    },
    take() {
      checkWorkers();
      // Read before anything is collected, so `wait` misses no change.
      seen = Atomics.load(control, FINISHED);
      return take();
    },
    finish: (rowBlock) => void Atomics.store(control, DONE + place(rowBlock), 1),
    isFinished: (rowBlock) => rowBlock < published && Atomics.load(control, DONE + place(rowBlock)) === 1,
    wait(until) {
      const begun = performance.now();
      for (let now = begun; now < until; now = performance.now()) {
        if (now - begun > STALL_MS) lose(STALLED);
        checkWorkers();
        if (Atomics.load(control, FINISHED) !== seen) return;
        if (mayBlock && now - begun > SPIN_MS) Atomics.wait(control, FINISHED, seen, Math.min(CHECK_MS, until - now));
      }
    },
    close() {
      for (let rowBlock = take(); rowBlock !== null; rowBlock = take()) Atomics.store(control, DONE + place(rowBlock), 1);
      onClose();
      return isQuiet(control);
    },
  };
}

/** Whether no thread is computing a row block. */
export function isQuiet(control: Int32Array): boolean {
  for (let word = DONE; word < control.length; word++) if (Atomics.load(control, word) !== 1) return false;
  return true;
}

/** False on the main thread of a page, which may not sleep. */
function canBlock(control: Int32Array): boolean {
  try {
    return Atomics.wait(control, FAILED, 2, 0) === 'not-equal';
  } catch {
    return false;
  }
}
