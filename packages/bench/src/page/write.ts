// Writes docs/benchmarks.md and its plots from docs/reports/bench-*.json.
//
//     node src/page/write.ts --check   writes nothing; fails if a file differs from what it would write
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSaved, reportName, REPORTS } from '../saved.ts';
import { benchmarksPage } from './page.ts';

const DOCS = path.join(REPORTS, '..');
const PLOTS = path.join(DOCS, 'benchmarks');

/** The files of the page, by path. */
function pageFiles(): Map<string, string> {
  const saved = readdirSync(REPORTS)
    .toSorted()
    .flatMap((file) => {
      const name = reportName(file);
      return name === undefined ? [] : [[name, readSaved(path.join(REPORTS, file))] as const];
    });
  const { markdown, plots } = benchmarksPage(new Map(saved));
  return new Map([
    [path.join(DOCS, 'benchmarks.md'), markdown],
    ...plots.map(({ file, svg }) => [path.join(PLOTS, file), svg] as const),
  ]);
}

/** Plots that the page no longer shows. */
function leftOver(files: ReadonlyMap<string, string>): string[] {
  const there = existsSync(PLOTS) ? readdirSync(PLOTS).map((file) => path.join(PLOTS, file)) : [];
  return there.filter((file) => !files.has(file));
}

/** Writes the files and removes plots that the page no longer shows. Returns the paths of the files. */
export function writePages(): string[] {
  const files = pageFiles();
  for (const file of leftOver(files)) rmSync(file);
  for (const [file, content] of files) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return [...files.keys()];
}

/** The files that differ from what would be written. */
function stalePages(): string[] {
  const files = pageFiles();
  const stale = [...files].filter(([file, content]) => !existsSync(file) || readFileSync(file, 'utf8') !== content);
  return [...stale.map(([file]) => file), ...leftOver(files)].map((file) => path.relative(path.join(DOCS, '..'), file));
}

if (import.meta.main) {
  const stale = stalePages();
  for (const file of stale) console.error(`${file} does not match the saved figures. Run: npm run bench -- --page`);
  if (stale.length > 0) process.exitCode = 1;
}
