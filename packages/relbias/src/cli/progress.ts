// A progress bar on one line of a terminal. It appears after a second of work, and only on a terminal.
import { widthOf } from './terminal.ts';

const DELAY_MS = 1000;
const REDRAW_MS = 100;
const BAR_WIDTH = 30;

export interface Progress {
  /** The share done, 0 to 1. */
  report(done: number): void;
  /** Removes the bar. */
  end(): void;
}

/** Starts a bar for a piece of work. */
function startProgress(stream: NodeJS.WriteStream, label: string): Progress {
  if (!stream.isTTY) return { report: () => {}, end: () => {} };
  const started = performance.now();
  let done = 0;
  let shown = false;
  const timer = setInterval(() => {
    const elapsed = performance.now() - started;
    if (elapsed < DELAY_MS) return;
    shown = true;
    stream.write(`\r${bar(label, done, elapsed).slice(0, widthOf(stream) - 1)}\x1b[K`);
  }, REDRAW_MS);
  return {
    report: (share) => (done = share),
    end() {
      clearInterval(timer);
      if (shown) stream.write('\r\x1b[K');
    },
  };
}

/** Runs a piece of work with a bar, and removes the bar in any case. */
export async function withProgress<T>(
  stream: NodeJS.WriteStream,
  label: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = startProgress(stream, label);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}

/** One state of the bar: `label [####------]  40 %  3 s, 4 s left`. Without reported progress it shows the time alone. */
export function bar(label: string, done: number, elapsedMs: number): string {
  const seconds = `${(elapsedMs / 1000).toFixed(0)} s`;
  if (done <= 0) return `${label}  ${seconds}`;
  const filled = Math.round(done * BAR_WIDTH);
  const left = (elapsedMs * (1 - done)) / done / 1000;
  return `${label} [${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${(100 * done).toFixed(0).padStart(3)} %  ${seconds}, ${left.toFixed(0)} s left`;
}
