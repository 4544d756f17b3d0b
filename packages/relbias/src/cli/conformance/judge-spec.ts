// Judges the spec by golden vectors: one row for each file of vectors.
import { printable } from '@relbias/bias-spec/backend';
import type { VectorFile, VectorResult } from '@relbias/conformance';
import { judgeVectors } from '@relbias/conformance';
import { setImmediate } from 'node:timers/promises';
import type { Cell } from '../table.ts';
import { alignedTable } from '../table.ts';

/** Judges file by file; between files the progress bar is drawn and an interrupt takes effect. */
export async function judgeSpec(
  files: readonly VectorFile[],
  signal: AbortSignal,
  report: (done: number) => void,
): Promise<VectorResult[]> {
  const results: VectorResult[] = [];
  for (const [index, file] of files.entries()) {
    results.push(...judgeVectors([file]));
    report((index + 1) / files.length);
    await setImmediate();
    signal.throwIfAborted();
  }
  return results;
}

/** The table, and a line for each failure and each case that did not run. */
export function formatSpecVerdict(results: readonly VectorResult[]): string {
  const files = [...new Set(results.map(({ file }) => file))];
  const rows = files.map((file) =>
    row(
      file,
      results.filter((one) => one.file === file),
    ),
  );
  const lines = (title: string, status: VectorResult['status']): string[] => {
    const found = results.filter((one) => one.status === status);
    if (found.length === 0) return [];
    return ['', `${title} (${found.length}):`, ...found.map(({ name, reason }) => printable(`- ${name}: ${reason}`, Infinity))];
  };
  const table = alignedTable(
    ['vectors', 'cases', 'pass', 'fail', 'recorded only', 'not run', 'numbers compared', 'smallest margin'],
    rows,
  );
  return [table, ...lines('Failures', 'fail'), ...lines('Not run', 'not-run')].join('\n');
}

function row(file: string, results: readonly VectorResult[]): Cell[] {
  const count = (status: VectorResult['status']): number => results.filter((one) => one.status === status).length;
  const margins = results.flatMap(({ margin }) => (margin === null ? [] : [Number(margin)]));
  return [
    printable(file),
    results.length,
    count('pass'),
    count('fail'),
    count('recorded'),
    count('not-run'),
    results.reduce((sum, { compared }) => sum + compared, 0),
    margins.length === 0 ? '' : `${Math.floor(Math.min(...margins) * 100)} %`,
  ];
}
