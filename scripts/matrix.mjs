// Makes two tables from the conformance reports that the tests write to .reports/conformance: families x backends, and the bits of each
// backend (scripts/bits-table.mjs).
//
//     node scripts/matrix.mjs           print them; fail if a case failed or a required backend is missing
//     node scripts/matrix.mjs --check   also fail if a file under docs/reports or a table in a document is out of date
//     node scripts/matrix.mjs --save    also write them
//
// The tests must have run before (scripts/steps.mjs). Errors differ slightly from machine to machine, so --check compares only which
// backends ran, how many cases they passed and with which bits, and whether the tables in the documents match the saved files.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatMatrix, mergeReports } from '../packages/conformance/dist/index.js';
import { bitsFailures, bitsOutline, formatBitsTable, readBitsTable } from './bits-table.mjs';

/** @typedef {import('../packages/conformance/dist/index.js').ConformanceMatrix} ConformanceMatrix */

const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, '.reports/conformance');

/** Backends that must have run. `device` is a part of the device's name. */
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
  throw new Error(`matrix: got ${JSON.stringify(mode)}, want no argument, --check or --save`);
}
const matrix = mergeReports(readReports(), { required });
const bits = readBitsTable(path.join(folder, 'bits'));

/**
 * A table, where it is saved, and the part of it that must not change unnoticed.
 *
 * @template T
 * @typedef {object} Kept
 * @property {string} file
 * @property {readonly string[]} documents that contain it, between the marks
 * @property {readonly [string, string]} marks
 * @property {T} now
 * @property {(table: T) => string} print
 * @property {(table: T) => string} outline
 */
/** @type {Kept<ConformanceMatrix>} */
const matrixRecord = {
  file: 'docs/reports/conformance.json',
  documents: ['README.md'],
  marks: ['<!-- matrix: npm run matrix -->\n', '<!-- end of matrix -->'],
  now: matrix,
  print: (table) => formatMatrix(table, 'markdown'),
  outline: matrixOutline,
};
/** @type {Kept<typeof bits>} */
const bitsRecord = {
  file: 'docs/reports/bits.json',
  documents: ['README.md', 'docs/numerics.md'],
  marks: ['<!-- bits: npm run matrix -->\n', '<!-- end of bits -->'],
  now: bits,
  print: formatBitsTable,
  outline: bitsOutline,
};

console.log(`${formatMatrix(matrix, 'text')}\n\n${formatBitsTable(bits)}`);
const failures = bitsFailures(bits);
const ok = matrix.ok && failures.length === 0;
if (mode === '--save') {
  if (!ok) throw new Error(['Some cases failed or backends are missing; nothing was saved.', ...failures].join('\n'));
  save(matrixRecord);
  save(bitsRecord);
}
const complaints = mode === '--check' ? [...staleness(matrixRecord), ...staleness(bitsRecord)] : [];
for (const complaint of [...failures, ...complaints]) console.error(complaint);
if (!ok || complaints.length > 0) process.exitCode = 1;

function readReports() {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.toSorted().map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
}

/** @param {string} file */
function read(file) {
  return readFileSync(path.join(root, file), 'utf8');
}

/** @template T @param {Kept<T>} record */
function save(record) {
  writeFileSync(path.join(root, record.file), `${JSON.stringify(record.now, null, 2)}\n`);
  for (const document of record.documents) {
    writeFileSync(path.join(root, document), withTable(document, record, record.now));
  }
}

/** Lists what is out of date. @template T @param {Kept<T>} record */
function staleness(record) {
  const saved = JSON.parse(read(record.file));
  const found = record.documents
    .filter((document) => read(document) !== withTable(document, record, saved))
    .map((document) => `${document}: its table does not match ${record.file}.`);
  if (record.outline(saved) !== record.outline(record.now)) {
    found.push(`${record.file}: backends, numbers of passed cases or bits differ from the latest test run.`);
  }
  return found.map((line) => `${line} Run: npm run matrix`);
}

/** The document with the record's table between the marks. @template T @param {string} document @param {Kept<T>} record @param {T} table */
function withTable(document, { marks, print }, table) {
  const text = read(document);
  const [before, after] = [text.indexOf(marks[0]), text.indexOf(marks[1])];
  if (before < 0 || after < before) throw new Error(`${document}: want a place for a table between ${marks.join('and ')}`);
  return `${text.slice(0, before + marks[0].length)}\n${print(table)}\n\n${text.slice(after)}`;
}

/** Which backends passed how many cases of which family. @param {ConformanceMatrix} table */
function matrixOutline({ families, columns }) {
  const lines = columns.map(
    ({ ranOn, cells }) => `${ranOn.backend} ${ranOn.kernel}: ${cells.map((cell) => cell?.pass ?? 0).join(' ')}`,
  );
  return [families.join(' '), ...lines].join('\n');
}
