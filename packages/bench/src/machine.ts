// The origin of the figures: the machine, the commit, the load by other programs, and the memory of a process.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  /** The flags of Node. */
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

/** The commit that is checked out, with `+` if anything but docs/reports differs from it (a run writes there); null without git. */
export function commit(): string | null {
  const git = (...args: string[]): string | null => {
    const { status, stdout } = spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  };
  const name = git('rev-parse', '--short', 'HEAD');
  return name === null ? null : name + (git('status', '--porcelain', '--', ':/', ':!/docs/reports') === '' ? '' : '+');
}

/** The load by other programs. */
export interface Load {
  /** The load average of the minute before. It includes earlier races. */
  readonly averageBefore: number;
  /** The average number of cores busy with anything but the benchmark. */
  readonly otherCores: number;
}

/** Whether other programs took so much that the times are unreliable. */
export function isLoaded({ otherCores }: Load): boolean {
  return otherCores > 0.2;
}

/** The busy time of all cores since the machine started. */
function busyMs(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

/** Begins to measure the load. Call the result to end it, with the processor time of the benchmark's other processes. */
export function watchLoad(): (cpuMsOfChildren: number) => Load {
  const averageBefore = os.loadavg()[0];
  const [busy, start] = [busyMs(), performance.now()];
  const own = process.cpuUsage();
  return (cpuMsOfChildren) => {
    const { user, system } = process.cpuUsage(own);
    const others = busyMs() - busy - (user + system) / 1e3 - cpuMsOfChildren;
    return { averageBefore, otherCores: Math.max(0, others / (performance.now() - start)) };
  };
}

/** The resident memory of this process, now and at its peak. */
export function memory(): { readonly nowMiB: number; readonly peakMiB: number } {
  const nowMiB = process.memoryUsage.rss() / 2 ** 20;
  if (process.platform !== 'linux') return { nowMiB, peakMiB: process.resourceUsage().maxRSS / 2 ** 10 };
  // On Linux, maxRSS starts with the parent's memory at the fork.
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return { nowMiB, peakMiB: Number(peak?.[1]) / 2 ** 10 };
}
