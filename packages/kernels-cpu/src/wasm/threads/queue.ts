// How the strips of a call reach whoever computes them. Strips are numbered from 0 within a call; each lies in a place of a ring until it
// has been collected, so that at most `places` are under way.

/** One call's side of it: the caller publishes, takes part, and collects. */
export interface StripQueue {
  /** Threads that may take part, the caller's included. */
  readonly threads: number;
  readonly places: number;
  placeOf(strip: number): number;
  /** Hands out the next strip, whose place is filled. */
  publish(): void;
  /** A strip for the caller to compute, or null where all that was published has an owner. */
  take(): number | null;
  /** Says that the caller has computed it. */
  finish(strip: number): void;
  isFinished(strip: number): boolean;
  /** Waits for others, until the clock (performance.now) shows `until` at the latest. @throws DeviceLostError where a worker was lost. */
  wait(until: number): void;
  /** Ends the call: what nobody has begun is left undone. False where a worker is still computing, so that its memory is not free. */
  close(): boolean;
}

/** Where the parameter blocks of a call lie, for workers. */
export interface Ring {
  readonly ring: number;
  readonly stride: number;
  readonly scratch: number;
  readonly scratchStride: number;
}

/** For a caller that works alone: one place, computed as soon as it is filled. */
export function soloQueue(): StripQueue {
  let published = 0;
  let finished = 0;
  return {
    threads: 1,
    places: 1,
    placeOf: () => 0,
    publish: () => {
      published++;
    },
    take: () => (finished < published ? finished : null),
    finish: () => {
      finished++;
    },
    isFinished: (strip) => strip < finished,
    // Never called: alone, there is always a strip to take or a place to fill.
    wait: () => {},
    close: () => true,
  };
}
