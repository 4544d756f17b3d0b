// How the row blocks of a call reach whoever computes them. Row blocks are numbered from 0 within a call; each lies in a place of a ring until it
// has been collected, so that at most `places` are under way. Threads that share a call agree by the words of control.ts.
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

/** One call's side of it: the caller publishes, takes part, and collects. */
export interface RowBlockQueue {
  /** Threads that may take part, the caller's included. */
  readonly threads: number;
  readonly places: number;
  placeOf(rowBlock: number): number;
  /** Hands out the next row block, whose place is filled. */
  publish(): void;
  /** A row block for the caller to compute, or null where all that was published has an owner. */
  take(): number | null;
  /** Says that the caller has computed it. */
  finish(rowBlock: number): void;
  isFinished(rowBlock: number): boolean;
  /** Waits for others, until the clock (performance.now) shows `until` at the latest. @throws DeviceLostError where a worker was lost. */
  wait(until: number): void;
  /** Ends the call: what nobody has begun is left undone. False where a worker is still computing, so that its memory is not free. */
  close(): boolean;
}

/** How long the caller stays awake when it waits for others: most of them are in the middle of a row block. */
const SPIN_MS = 0.1;
/** Asleep it looks this often whether all are well, in milliseconds. */
const NAP_MS = 1;
/** A row block takes milliseconds. Where workers cannot tell that they are gone, silence for so long is taken for it. */
export const STALL_MS = 30_000;
export const STALLED: string = `no rowBlock finished in ${STALL_MS / 1000} s`;

/** What a call shares: where its parameter blocks lie, and scratch memory for each thread. */
export interface Shared {
  readonly ring: number;
  readonly stride: number;
  readonly scratch: number;
  readonly scratchStride: number;
  readonly threads: number;
  readonly places: number;
  /** The number by which workers know its memory. */
  readonly memory: number;
}

/** Nobody else may use `control` for a call until it is closed. `lose` is told why workers count as lost, `requireWhole` throws then. */
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
  const look = (): void => {
    if (Atomics.load(control, FAILED) === 1) lose('an exception in it');
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
      look();
      // Remembered before anything is collected, so that `wait` misses nothing.
      seen = Atomics.load(control, FINISHED);
      return take();
    },
    finish: (rowBlock) => void Atomics.store(control, DONE + place(rowBlock), 1),
    isFinished: (rowBlock) => rowBlock < published && Atomics.load(control, DONE + place(rowBlock)) === 1,
    wait(until) {
      const begun = performance.now();
      for (let now = begun; now < until; now = performance.now()) {
        if (now - begun > STALL_MS) lose(STALLED);
        look();
        if (Atomics.load(control, FINISHED) !== seen) return;
        if (mayBlock && now - begun > SPIN_MS) Atomics.wait(control, FINISHED, seen, Math.min(NAP_MS, until - now));
      }
    },
    close() {
      for (let rowBlock = take(); rowBlock !== null; rowBlock = take()) Atomics.store(control, DONE + place(rowBlock), 1);
      onClose();
      return isQuiet(control);
    },
  };
}

/** Whether nobody computes anything. */
export function isQuiet(control: Int32Array): boolean {
  for (let word = DONE; word < control.length; word++) if (Atomics.load(control, word) !== 1) return false;
  return true;
}

/** The main thread of a page may not sleep. */
function canBlock(control: Int32Array): boolean {
  try {
    return Atomics.wait(control, FAILED, 2, 0) === 'not-equal';
  } catch {
    return false;
  }
}
