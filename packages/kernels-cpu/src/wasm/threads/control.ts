// The control words by which threads divide the work: an Int32Array over a SharedArrayBuffer of its own. It is part of the worker's program
// too (scripts/build-worker.mjs), so this file imports nothing.
//
// Each row block has a ticket, a number that counts up across calls and wraps at 32 bits. The thread that increments NEXT owns the ticket. The
// words that describe a ticket (MEMORY, RING, ...) are written before PUBLISHED passes it and stay unchanged until it is finished.

/** Changes whenever there is new work or a new message; idle workers sleep on it. */
export const BELL = 0;
/** The number of messages sent to each worker so far. A worker that has read fewer returns to its event loop to receive them. */
export const MESSAGES = 1;
/** The next ticket to take, and the first that is not published yet. */
export const NEXT = 2;
export const PUBLISHED = 3;
/** Changes whenever a worker has finished a ticket; the caller sleeps on it. */
export const FINISHED = 4;
/** The number of workers asleep on BELL. */
export const PARKED = 5;
/** 1 after a worker has thrown. */
export const FAILED = 6;
/** The number of the memory of this call. */
export const MEMORY = 7;
/** The address of its parameter blocks, and the bytes from one to the next. */
export const RING = 8;
export const RING_STRIDE = 9;
/** The address of the scratch memory of thread 0, and the bytes from one thread's to the next. */
export const SCRATCH = 10;
export const SCRATCH_STRIDE = 11;
/** One word per place of the ring: 1 if its ticket is finished. */
export const DONE = 16;

/** The place of a ticket in a ring; `places` is a power of two, because tickets wrap. */
export function placeOf(ticket: number, places: number): number {
  return ticket & (places - 1);
}

/**
 * Takes the next ticket; null if there is none. `ready` is called between seeing the ticket and taking it: everything that happened before the
 * ticket was published is visible then.
 */
export function takeTicket(control: Int32Array, ready: () => boolean): number | null {
  for (;;) {
    const next = Atomics.load(control, NEXT);
    if (next === Atomics.load(control, PUBLISHED) || !ready()) return null;
    if (Atomics.compareExchange(control, NEXT, next, (next + 1) | 0) === next) return next;
  }
}
