// Starts a worker, with the same interface in Node and in browsers. Its program is a string, so no bundler has to find a file.
import { WORKER_SOURCE } from '../../generated/worker-source.ts';

/** A started worker. */
export interface Spawned {
  post(message: unknown): void;
  /** Whether the process stays alive for it. */
  keepProcessAlive(wanted: boolean): void;
  terminate(): Promise<void>;
}

/** Called when a worker reports. */
export interface SpawnEvents {
  message(): void;
  /** It ended or never started: an uncaught error, an exit, a policy that forbids workers. */
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

/** Starts a worker. @throws the platform's error if it refuses. */
export type Spawn = (events: SpawnEvents) => Spawned;

/** Starts a worker of this runtime. */
export function spawn(events: SpawnEvents): Spawned {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): NodeThreads | undefined } };
  const threads = process?.getBuiltinModule?.('node:worker_threads');
  return threads === undefined ? spawnInBrowser(events) : spawnInNode(threads, events);
}

function spawnInNode({ Worker }: NodeThreads, events: SpawnEvents): Spawned {
  // Without the flags of this process, such as loaders, which this program without imports does not need.
  const worker = new Worker(WORKER_SOURCE, { eval: true, execArgv: [], name: 'relbias' });
  worker.on('message', () => events.message());
  worker.on('error', (error) => events.ended(describe(error)));
  worker.on('exit', (code) => events.ended(`exit code ${String(code)}`));
  return {
    post: (message) => worker.postMessage(message, []),
    keepProcessAlive: (wanted) => (wanted ? worker.ref() : worker.unref()),
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
    events.ended(message || 'no reason given, which usually means a content security policy without worker-src blob:');
  });
  return {
    post: (message) => worker.postMessage(message, []),
    keepProcessAlive: () => {},
    terminate: async () => worker.terminate(),
  };
}

/** The message of an error. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
