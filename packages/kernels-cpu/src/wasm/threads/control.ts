// The words through which threads agree on who computes what: a Int32Array over a SharedArrayBuffer of its own, beside the memories that
// they compute in. Part of the worker's program too (scripts/build-worker.mjs), so it imports nothing.
//
// Row blocks are numbered by tickets, across calls and wrapping at 32 bits. Whoever raises NEXT owns the ticket. What a ticket
// means (MEMORY, RING, ...) is written before PUBLISHED moves past it and stays until it is finished, so an owner may read it at leisure.

/** Changes whenever there is something to look at; idle workers sleep on it. */
export const BELL = 0;
/** Messages sent to each worker so far. One that has read fewer goes back to its event loop, where they arrive. */
export const MAIL = 1;
/** The next ticket to own, and the first that does not exist yet. */
export const NEXT = 2;
export const PUBLISHED = 3;
/** Changes whenever a worker has finished a ticket; the caller sleeps on it. */
export const FINISHED = 4;
/** Workers asleep on BELL. */
export const PARKED = 5;
/** 1 once a worker has thrown. */
export const FAILED = 6;
/** The number of the memory that the tickets of this call are about. */
export const MEMORY = 7;
/** Where its parameter blocks lie, and the bytes of one with what belongs to it. */
export const RING = 8;
export const RING_STRIDE = 9;
/** Where threads find their scratch memory, thread 0 first. */
export const SCRATCH = 10;
export const SCRATCH_STRIDE = 11;
/** One word per place of the ring: 1 = its ticket is finished. */
export const DONE = 16;

/** Places of the ring: a power of two, so that tickets may wrap. */
export function placesFor(threads: number): number {
  return 2 ** Math.ceil(Math.log2(4 * threads));
}

/** The place of a ticket; `places` as placesFor. */
export function placeOf(ticket: number, places: number): number {
  return ticket & (places - 1);
}

/**
 * Owns the next ticket, or null where there is none. `ready` is asked between seeing that there is one and owning it: what the caller
 * did before publishing it can be seen then.
 */
export function takeTicket(control: Int32Array, ready: () => boolean): number | null {
  for (;;) {
    const next = Atomics.load(control, NEXT);
    if (next === Atomics.load(control, PUBLISHED) || !ready()) return null;
    if (Atomics.compareExchange(control, NEXT, next, (next + 1) | 0) === next) return next;
  }
}
