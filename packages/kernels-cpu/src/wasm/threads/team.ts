// The team: the workers of a backend, started once and ended with it, which compute one call at a time. The caller's thread counts as one of
// the team's: it fills row blocks, computes some of them and collects results, so one worker makes two threads.
import { DeviceLostError, UnsupportedError } from '@relbias/bias-spec';
import { runtime } from '@relbias/bias-spec/backend';
import { ROW_BLOCK_FIELDS } from '../../generated/attend-wasm.ts';
import type { ThreadCount } from '../../backend/kernel.ts';
import type { WorkArea } from '../layout.ts';
import { BELL, DONE, MESSAGES, PARKED } from './control.ts';
import type { RowBlockQueue } from './queue.ts';
import { STALLED, STALL_MS, isQuiet, sharedQueue } from './queue.ts';
import type { Spawn, Spawned } from './spawn.ts';
import { describe } from './spawn.ts';
import type { MemoryMessage, WorkerInit } from './worker.ts';

/** Workers start within about 20 ms. One that has not started after this time, in milliseconds, counts as failed. */
const START_MS = 10_000;

export interface Team {
  /** The current state; 1 thread, with the reason, after a worker was lost. */
  readonly threads: ThreadCount;
  /** The number of places in a call's ring. */
  readonly places: number;
  /** Resolves when all workers have started. @throws UnsupportedError if the platform refuses. */
  ready(): Promise<void>;
  /** Whether a worker is awake, and takes work at almost no cost. */
  isHot(): boolean;
  /** @throws DeviceLostError after a worker was lost, because part of a result would be missing. */
  requireWhole(): void;
  /** Whether no call is in progress, and no row block of one that ended early. */
  isFree(): boolean;
  /** Blocks until no worker is computing a row block. @throws DeviceLostError if that does not happen in time. */
  waitForRowBlocks(): void;
  /** Opens the queue of a new call. The team must be free. */
  openQueue(memory: WebAssembly.Memory, workArea: WorkArea): RowBlockQueue;
  /** Makes the workers release a memory, after the call in it has ended. */
  forget(memory: WebAssembly.Memory): void;
  /** Ends all workers. */
  terminate(): Promise<void>;
}

/** Starts `count` - 1 workers. @throws UnsupportedError if the platform refuses immediately. */
export function openTeam(module: WebAssembly.Module, count: number, spawn: Spawn): Team {
  // A power of two, because tickets wrap.
  const places = 2 ** Math.ceil(Math.log2(4 * count));
  const control = new Int32Array(new SharedArrayBuffer(4 * (DONE + places)));
  control.fill(1, DONE);
  const numbers = new Map<WebAssembly.Memory, number>();
  const workers: Spawned[] = [];
  let nextNumber = 0;
  let started = 0;
  let lost: string | null = null;
  let terminated = false;
  /** The memory of the call in progress, and whether to forget it when the call ends. */
  let active: WebAssembly.Memory | null = null;
  let forgotten = false;
  let onStart = (): void => {};

  function lose(cause: string): void {
    if (terminated || lost !== null) return;
    lost = cause;
    onStart();
  }

  function start(thread: number): void {
    const worker = spawn({
      message() {
        worker.keepProcessAlive(false);
        started++;
        if (started === count - 1) onStart();
      },
      ended: lose,
    });
    workers.push(worker);
    const init: WorkerInit = { control, module, thread, places, scratchWord: ROW_BLOCK_FIELDS.scratch.word };
    worker.post(init);
  }

  function send(message: MemoryMessage): void {
    for (const worker of workers) worker.post(message);
    Atomics.add(control, MESSAGES, 1);
    Atomics.add(control, BELL, 1);
    Atomics.notify(control, BELL);
  }

  function numberOf(memory: WebAssembly.Memory): number {
    const known = numbers.get(memory);
    if (known !== undefined) return known;
    const number = nextNumber++;
    numbers.set(memory, number);
    send({ number, memory });
    return number;
  }

  function forget(memory: WebAssembly.Memory): void {
    if (memory === active) {
      // Workers may still take its row blocks.
      forgotten = true;
      return;
    }
    const number = numbers.get(memory);
    if (number === undefined) return;
    numbers.delete(memory);
    if (!terminated) send({ number, memory: null });
  }

  async function terminate(): Promise<void> {
    terminated = true;
    numbers.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  function requireWhole(): void {
    if (lost === null) return;
    throw new DeviceLostError({
      what: 'cpu wasm',
      got: `a worker that ended (${lost})`,
      wanted: `all ${count} threads`,
      hint: 'Dispose the backend and create a new one.',
    });
  }

  try {
    for (let thread = 1; thread < count; thread++) start(thread);
  } catch (error) {
    void terminate();
    throw cannotStart(describe(error));
  }

  return {
    get threads() {
      return lost === null ? { count, reason: null } : { count: 1, reason: `a worker ended: ${lost}` };
    },
    places,
    async ready() {
      const late = setTimeout(() => lose(`it did not start within ${START_MS / 1000} s`), START_MS);
      await new Promise<void>((resolve) => {
        onStart = resolve;
        if (lost !== null || started === count - 1) resolve();
      });
      clearTimeout(late);
      if (lost === null) return;
      await terminate();
      throw cannotStart(lost);
    },
    isHot: () => started > Atomics.load(control, PARKED),
    requireWhole,
    isFree: () => active === null && isQuiet(control),
    waitForRowBlocks() {
      const begun = performance.now();
      while (!isQuiet(control)) {
        requireWhole();
        if (performance.now() - begun > STALL_MS) lose(STALLED);
      }
    },
    openQueue(memory, { rowBlocks, rowBlockStride: stride, scratch, scratchStride }) {
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
    terminate,
  };
}

function cannotStart(cause: string): UnsupportedError {
  const { kind } = runtime();
  const wanted = {
    edge: 'a runtime with workers',
    server: 'a process that may start workers (in Node with --permission: --allow-worker)',
    browser: 'a content security policy with worker-src blob:',
    other: 'a runtime that starts workers',
  };
  return new UnsupportedError({
    what: 'createCpuBackend.threads',
    got: `a worker that cannot start (${cause})`,
    wanted: wanted[kind],
    hint: 'Leave out the option threads: one thread needs no worker.',
  });
}
