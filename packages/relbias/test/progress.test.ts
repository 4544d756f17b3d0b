// The progress bar: none in the first second, none on a stream that is not a terminal, no trace afterwards.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bar, withProgress } from '../src/cli/progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function stream(isTTY: boolean): { readonly written: string[]; readonly stream: NodeJS.WriteStream } {
  const written: string[] = [];
  return {
    written,
    stream: { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream,
  };
}

test('appears after a second and clears its line', async () => {
  const { written, stream: terminal } = stream(true);
  await withProgress(terminal, 'work', async ({ report }) => {
    report(0.25);
    await vi.advanceTimersByTimeAsync(900);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1100);
    expect(written.at(-1)).toBe(`\r${bar('work', 0.25, 2000)}\x1b[K`);
  });
  expect(written.at(-1)).toBe('\r\x1b[K');
});

test('clears its line when the work fails', async () => {
  const { written, stream: terminal } = stream(true);
  const work = withProgress(terminal, 'work', async () => {
    await vi.advanceTimersByTimeAsync(1500);
    throw new Error('broken');
  });
  await expect(work).rejects.toThrow('broken');
  expect(written.at(-1)).toBe('\r\x1b[K');
  const { length } = written;
  await vi.advanceTimersByTimeAsync(1000);
  expect(written).toHaveLength(length);
});

test('prints nothing for short work or without a terminal', async () => {
  const short = stream(true);
  await withProgress(short.stream, 'work', async () => vi.advanceTimersByTimeAsync(500));
  const piped = stream(false);
  await withProgress(piped.stream, 'work', async () => vi.advanceTimersByTimeAsync(5000));
  expect([...short.written, ...piped.written]).toEqual([]);
});

test('shows the share done and the time left, or the time alone', () => {
  expect(bar('work', 0.4, 4000)).toBe(`work [${'#'.repeat(12)}${'-'.repeat(18)}]  40 %  4 s, 6 s left`);
  expect(bar('work', 0, 4000)).toBe('work  4 s');
});
