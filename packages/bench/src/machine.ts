// Where the figures come from (without this, they are worth nothing): the machine, the commit, who else was busy, and how much memory a
// process takes.
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

/** The commit that is checked out here, with `+` where more than reports differs from it (a run writes one); null where git does not tell. */
export function commit(): string | null {
  const git = (...args: string[]): string | null => {
    const { status, stdout } = spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  };
  const name = git('rev-parse', '--short', 'HEAD');
  return name === null ? null : name + (git('status', '--porcelain', '--', ':/', ':!/docs/reports') === '' ? '' : '+');
}

/** How busy the machine was with other things. */
export interface Load {
  /** The load average of the last minute, before: it counts the races before this one too. */
  readonly averageBefore: number;
  /** Cores that were busy, on average, with anything but the benchmark. */
  readonly otherCores: number;
}

/** Others took so much that the times say little, ratios less than they could. */
export function isLoaded({ otherCores }: Load): boolean {
  return otherCores > 0.2;
}

/** Processor time of all cores since the machine started: busy with anything. */
function busyMs(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

/** Begins to watch the machine. The result ends it, given the processor time that other processes of the benchmark took. */
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

/** Resident memory of this process, now and at its greatest. */
export function memory(): { readonly nowMiB: number; readonly peakMiB: number } {
  const nowMiB = process.memoryUsage.rss() / 2 ** 20;
  if (process.platform !== 'linux') return { nowMiB, peakMiB: process.resourceUsage().maxRSS / 2 ** 10 };
  // On Linux, maxRSS begins at what the parent had when it forked.
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return { nowMiB, peakMiB: Number(peak?.[1]) / 2 ** 10 };
}
