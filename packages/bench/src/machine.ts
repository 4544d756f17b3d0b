// Where the figures come from: without this, they are worth nothing.
import os from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  /** Of Node itself; empty where none was given. */
  readonly flags: readonly string[];
}

export function machine(): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.platform()} ${os.release()} ${os.arch()}`,
    node: process.version,
    v8: process.versions.v8,
    flags: [...process.execArgv, ...(process.env['NODE_OPTIONS']?.split(' ') ?? [])],
  };
}

/** How busy the machine is: the load averages of 1 and 5 minutes. */
export function load(): string {
  const [one, five] = os.loadavg();
  return `${one.toFixed(2)} ${five.toFixed(2)}`;
}
