// Where the conformance tests of every package leave their reports: .reports/conformance, which scripts/matrix.mjs merges.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '.reports', 'conformance');

/** Keeps a report under a name of its own, such as `cpu-wasm`, or `bits/cpu-wasm` for one on bits. */
export function saveReport(name: string, report: object): void {
  const file = path.join(folder, `${name}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report)}\n`);
}
