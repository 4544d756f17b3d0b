// The workers of a backend: started once, at work on one call at a time, gone when they are dismissed. The caller's thread is one of the
// team: it fills, computes and collects, so a team of one worker is two threads.
import { DeviceLostError, UnsupportedError } from '@relbias/bias-spec';
import { ROW_BLOCK_FIELDS } from '../../generated/attend-wasm.ts';
import type { ThreadCount } from '../../backend/kernel.ts';
import type { WorkArea } from '../layout.ts';
import { BELL, DONE, MAIL, PARKED, placesFor } from './control.ts';
import type { RowBlockQueue } from './queue.ts';
import { STALLED, STALL_MS, isQuiet, sharedQueue } from './queue.ts';
import type { Spawn, Spawned } from './spawn.ts';
import { describe } from './spawn.ts';
import type { MemoryMessage, WorkerInit } from './worker.ts';

/** Workers come up within some 20 ms; one that does not in this time never will. */
const START_MS = 10_000;

export interface Team {
  /** As it is now: a team that lost a worker says so. */
  readonly threads: ThreadCount;
  /** Places that a call's ring must have. */
  readonly places: number;
  /** Resolves when all are up. @throws UnsupportedError where the platform does not let them. */
  ready(): Promise<void>;
  /** Whether a worker is awake, so that handing it work costs next to nothing. */
  isHot(): boolean;
  /** @throws DeviceLostError once a worker was lost: part of a result would be missing. */
  requireWhole(): void;
  /** Whether no call is under way, and no row block of one that ended early. */
  isFree(): boolean;
  /** Waits, at once, for row blocks that a worker is computing. @throws DeviceLostError where it does not come to an end. */
  waitForRowBlocks(): void;
  /** The queue of a new call; only for a team that is free. */
  enlist(memory: WebAssembly.Memory, workArea: WorkArea): RowBlockQueue;
  /** Lets workers let go of a memory, once no call in it is under way. */
  forget(memory: WebAssembly.Memory): void;
  dismiss(): Promise<void>;
}

/** Starts `count` - 1 workers. @throws UnsupportedError where the platform refuses at once. */
export function openTeam(module: WebAssembly.Module, count: number, spawn: Spawn): Team {
  const places = placesFor(count);
  const control = new Int32Array(new SharedArrayBuffer(4 * (DONE + places)));
  control.fill(1, DONE);
  const numbers = new Map<WebAssembly.Memory, number>();
  const workers: Spawned[] = [];
  let mailed = 0;
  let up = 0;
  let lost: string | null = null;
  let dismissed = false;
  /** The memory of the call under way, and whether it is to be forgotten then. */
  let active: WebAssembly.Memory | null = null;
  let forgotten = false;
  let onStart = (): void => {};

  function lose(cause: string): void {
    if (dismissed || lost !== null) return;
    lost = cause;
    onStart();
  }

  function start(thread: number): void {
    const worker = spawn({
      message() {
        worker.hold(false);
        up++;
        if (up === count - 1) onStart();
      },
      ended: lose,
    });
    workers.push(worker);
    const init: WorkerInit = { control, module, thread, places, scratchWord: ROW_BLOCK_FIELDS.scratch.word };
    worker.post(init);
  }

  function mail(message: MemoryMessage): void {
    for (const worker of workers) worker.post(message);
    Atomics.add(control, MAIL, 1);
    Atomics.add(control, BELL, 1);
    Atomics.notify(control, BELL);
  }

  function numberOf(memory: WebAssembly.Memory): number {
    const known = numbers.get(memory);
    if (known !== undefined) return known;
    const number = mailed++;
    numbers.set(memory, number);
    mail({ number, memory });
    return number;
  }

  function forget(memory: WebAssembly.Memory): void {
    if (memory === active) {
      // Its row blocks may still be handed out.
      forgotten = true;
      return;
    }
    const number = numbers.get(memory);
    if (number === undefined) return;
    numbers.delete(memory);
    if (!dismissed) mail({ number, memory: null });
  }

  async function dismiss(): Promise<void> {
    dismissed = true;
    numbers.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  function requireWhole(): void {
    if (lost === null) return;
    throw new DeviceLostError({
      what: 'cpu wasm',
      got: `a worker that ended (${lost})`,
      wanted: `all ${count} threads`,
      hint: 'Dispose the backend and create it anew.',
    });
  }

  try {
    for (let thread = 1; thread < count; thread++) start(thread);
  } catch (error) {
    void dismiss();
    throw cannotStart(describe(error));
  }

  return {
    get threads() {
      return lost === null ? { count, reason: null } : { count: 1, reason: `a worker ended: ${lost}` };
    },
    places,
    async ready() {
      const late = setTimeout(() => lose(`no sign of life in ${START_MS / 1000} s`), START_MS);
      await new Promise<void>((resolve) => {
        onStart = resolve;
        if (lost !== null || up === count - 1) resolve();
      });
      clearTimeout(late);
      if (lost === null) return;
      await dismiss();
      throw cannotStart(lost);
    },
    isHot: () => up > Atomics.load(control, PARKED),
    requireWhole,
    isFree: () => active === null && isQuiet(control),
    waitForRowBlocks() {
      const begun = performance.now();
      while (!isQuiet(control)) {
        requireWhole();
        if (performance.now() - begun > STALL_MS) lose(STALLED);
      }
    },
    enlist(memory, { rowBlocks, rowBlockStride: stride, scratch, scratchStride }) {
      active = memory;
      forgotten = false;
      const shared = {
        threads: count,
        places,
        memory: numberOf(memory),
        ring: rowBlocks[0].parameters,
        stride,
        scratch,
        scratchStride,
      };
      return sharedQueue(control, shared, lose, requireWhole, () => {
        active = null;
        if (forgotten) forget(memory);
      });
    },
    forget,
    dismiss,
  };
}

function cannotStart(cause: string): UnsupportedError {
  return new UnsupportedError({
    what: 'createCpuBackend.threads',
    got: `a worker that cannot start (${cause})`,
    wanted: 'leave to start workers from text: worker-src blob: in a content security policy, --allow-worker in Node',
    hint: 'threads: 1 needs none.',
  });
}
