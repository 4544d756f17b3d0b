// One worker, the same from outside in Node and in browsers. Its program is text: no file has to be found by a bundler.
import { WORKER_SOURCE } from '../../generated/worker-source.ts';

/** A started worker. */
export interface Spawned {
  post(message: unknown): void;
  /** Whether a process waits for it before it exits. */
  hold(wanted: boolean): void;
  terminate(): Promise<void>;
}

/** What a worker tells. */
export interface SpawnEvents {
  message(): void;
  /** It is gone, or never came up: an error that nobody caught, an exit, a policy that forbids it. */
  ended(cause: string): void;
}

interface NodeWorker {
  postMessage(message: unknown, transfer: readonly object[]): void;
  on(type: 'message' | 'error' | 'exit', listener: (argument: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

interface NodeThreads {
  readonly Worker: new (source: string, options: object) => NodeWorker;
}

/** Starts a worker. @throws whatever the platform throws where it may not. */
export type Spawn = (events: SpawnEvents) => Spawned;

/** A worker of this platform. */
export function spawn(events: SpawnEvents): Spawned {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): NodeThreads | undefined } };
  const threads = process?.getBuiltinModule?.('node:worker_threads');
  return threads === undefined ? spawnInBrowser(events) : spawnInNode(threads, events);
}

function spawnInNode({ Worker }: NodeThreads, events: SpawnEvents): Spawned {
  // Without the flags of this process: loaders and the like are for programs with imports.
  const worker = new Worker(WORKER_SOURCE, { eval: true, execArgv: [], name: 'relbias' });
  worker.on('message', () => events.message());
  worker.on('error', (error) => events.ended(describe(error)));
  worker.on('exit', (code) => events.ended(`exit code ${String(code)}`));
  return {
    post: (message) => worker.postMessage(message, []),
    hold: (wanted) => (wanted ? worker.ref() : worker.unref()),
    terminate: async () => void (await worker.terminate()),
  };
}

function spawnInBrowser(events: SpawnEvents): Spawned {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'relbias' });
  worker.addEventListener('message', () => {
    URL.revokeObjectURL(url);
    events.message();
  });
  worker.addEventListener('error', ({ message }) => {
    URL.revokeObjectURL(url);
    events.ended(message || 'no reason given, as by a content security policy without worker-src blob:');
  });
  return {
    post: (message) => worker.postMessage(message, []),
    hold: () => {},
    terminate: async () => worker.terminate(),
  };
}

/** What an error says of itself. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
