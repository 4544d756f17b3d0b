// Where the figures come from (without this, they are worth nothing), and how much memory a process takes.
import { readFileSync } from 'node:fs';
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

/** Resident memory of this process, now and at its greatest. */
export function memory(): { readonly nowMiB: number; readonly peakMiB: number } {
  const nowMiB = process.memoryUsage.rss() / 2 ** 20;
  if (process.platform !== 'linux') return { nowMiB, peakMiB: process.resourceUsage().maxRSS / 2 ** 10 };
  // On Linux, maxRSS begins at what the parent had when it forked.
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return { nowMiB, peakMiB: Number(peak?.[1]) / 2 ** 10 };
}
