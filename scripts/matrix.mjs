// Merges the conformance reports that the tests leave under .reports/conformance into one table, families x backends.
//
//     node scripts/matrix.mjs           print it; fail when a case failed or a required backend is missing
//     node scripts/matrix.mjs --check   also fail when docs/reports/conformance.json or the README's table is out of date
//     node scripts/matrix.mjs --save    also write both
//
// The tests have run before (scripts/steps.mjs). Figures of error differ a little from machine to machine, so --check compares which
// backends ran and how many cases of each family they passed, and that the README's table is the one that the saved file prints.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatMatrix, mergeReports } from '../packages/conformance/dist/index.js';

/** @typedef {import('../packages/conformance/dist/index.js').ConformanceMatrix} ConformanceMatrix */

const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, '.reports/conformance');
const saved = path.join(root, 'docs/reports/conformance.json');
const readme = path.join(root, 'README.md');
const MARKS = ['<!-- matrix: npm run matrix -->\n', '<!-- end of matrix -->'];

/** What must have run, whatever else did. `device` is a part of the device's name. */
const required = [
  { backend: 'cpu', kernel: 'naive' },
  { backend: 'cpu', kernel: 'online' },
  { backend: 'cpu', kernel: 'wasm' },
  { backend: 'gpu.js', kernel: 'webgpu' },
  { backend: 'gpu.js', kernel: 'webgl2', device: 'SwiftShader' },
  { backend: 'gpu.js', kernel: 'webgl2', device: 'llvmpipe' },
  { backend: 'gpu.js', kernel: 'webasm' },
];

const mode = process.argv[2];
if (mode !== undefined && mode !== '--check' && mode !== '--save') {
  throw new Error(`matrix: got ${JSON.stringify(mode)}, want nothing, --check or --save`);
}
const matrix = mergeReports(readReports(), { required });
console.log(formatMatrix(matrix, 'text'));
if (mode === '--save') {
  if (!matrix.ok) throw new Error('The matrix is not green: nothing was saved.');
  writeFileSync(saved, `${JSON.stringify(matrix, null, 2)}\n`);
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), matrix));
}
const complaints = mode === '--check' ? staleness() : [];
for (const complaint of complaints) console.error(complaint);
if (!matrix.ok || complaints.length > 0) process.exitCode = 1;

function readReports() {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.toSorted().map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
}

/** What is out of date, one line each. */
function staleness() {
  const record = JSON.parse(readFileSync(saved, 'utf8'));
  const text = readFileSync(readme, 'utf8');
  const found = [];
  if (text !== withTable(text, record))
    found.push('README.md: its table is not the one that docs/reports/conformance.json prints.');
  if (outline(record) !== outline(matrix)) {
    found.push('docs/reports/conformance.json: other backends or other numbers of passed cases than the tests have just shown.');
  }
  return found.map((line) => `${line} Run: npm run matrix`);
}

/** The text with the matrix's table between the marks. @param {string} text @param {ConformanceMatrix} from */
function withTable(text, from) {
  const [before, after] = [text.indexOf(MARKS[0]), text.indexOf(MARKS[1])];
  if (before < 0 || after < before) throw new Error(`README.md: no place for the matrix between ${MARKS.join('and ')}`);
  return `${text.slice(0, before + MARKS[0].length)}\n${formatMatrix(from, 'markdown')}\n\n${text.slice(after)}`;
}

/** Which backends passed how many cases of which family. @param {ConformanceMatrix} matrix */
function outline({ families, columns }) {
  const lines = columns.map(
    ({ ranOn, cells }) => `${ranOn.backend} ${ranOn.kernel}: ${cells.map((cell) => cell?.pass ?? 0).join(' ')}`,
  );
  return [families.join(' '), ...lines].join('\n');
}
