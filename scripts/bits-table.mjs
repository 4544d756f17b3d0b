// The table of bits: the same attention on every backend, under the fast profile and under the reproducible one. It is made from the reports
// that the tests of bits write to .reports/conformance/bits; scripts/matrix.mjs prints, checks and saves it.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fastDifference } from '../packages/conformance/dist/index.js';

/**
 * @typedef {import('../packages/conformance/dist/index.js').BitsDemonstration} BitsDemonstration
 * @typedef {import('../packages/conformance/dist/index.js').BitsSummary} BitsSummary
 * @typedef {import('../packages/conformance/dist/index.js').ConformanceReport} ConformanceReport
 * @typedef {import('../packages/conformance/dist/index.js').FastDifference} FastDifference
 * @typedef {BitsDemonstration & Pick<ConformanceReport, 'bits' | 'versions'>} BitsReport
 *
 * @typedef {object} BitsRow
 * @property {string} name
 * @property {string} device
 * @property {FastDifference} fast from the first backend's output
 * @property {string | null} reproducible the hash of the output; null if the backend does not offer the profile
 * @property {BitsSummary | null} bits of the suite's cases
 *
 * @typedef {{ readonly format: 'relbias-bits/1', readonly rows: readonly BitsRow[] }} BitsTable
 */

/** Backends that must be in the table with every bit right, by their names in it. */
const REQUIRED = [
  'cpu online',
  'cpu wasm, simd',
  'cpu wasm, madd',
  'cpu wasm, wide',
  'cpu wasm, madd, 3 threads',
  'gpu.js webasm',
  'gpu.js webgl2, SwiftShader, Chromium',
  'gpu.js webgl2, Mesa, Chromium',
  'gpu.js webgpu, SwiftShader, Chromium',
  'gpu.js webgpu, SwiftShader, Node',
];

/** @param {string} folder of reports, each a BitsReport @returns {BitsTable} */
export function readBitsTable(folder) {
  /** @type {BitsReport[]} */
  const reports = readdirSync(folder)
    .toSorted()
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
  const naive = reports.find(({ ranOn }) => ranOn.kernel === 'naive')?.fast;
  if (!naive) throw new Error(`${folder}: no report of the kernel naive, which the others are compared with`);
  const rows = reports.map((report) => {
    const { ranOn, fast, reproducible, bits } = report;
    const name = nameOf(report);
    if (!fast) throw new Error(`${folder}: ${name} has no output under the fast profile`);
    return { name, device: ranOn.device, fast: fastDifference(naive, fast), reproducible, bits };
  });
  return { format: 'relbias-bits/1', rows };
}

/** Kernel, variant and threads; for a GPU also the driver, and whether in Chromium or Node. @param {BitsReport} report */
function nameOf({ ranOn: { backend, kernel, variant, threads = 1, device }, versions }) {
  const driver = /SwiftShader|Mesa/i.exec(device)?.[0].replace(/^swift.*/i, 'SwiftShader');
  const place = driver && (/Chrom/.test(versions['platform']) ? 'Chromium' : 'Node');
  const parts = [`${backend} ${kernel}`, variant, driver, place, threads > 1 && `${threads} threads`];
  return parts.filter(Boolean).join(', ');
}

/** What is wrong with the table, one line each. @param {BitsTable} table */
export function bitsFailures({ rows }) {
  const serving = rows.filter(({ reproducible }) => reproducible !== null);
  const missing = REQUIRED.filter((name) => !serving.some((row) => row.name === name));
  const wrong = serving.filter(({ bits }) => bits === null || bits.pass < bits.cases);
  const hashes = new Set(serving.map(({ reproducible, bits }) => `${reproducible} and ${bits?.hash}`));
  return [
    ...missing.map((name) => `bits: ${name}: required, but no report shows it under the reproducible profile.`),
    ...wrong.map(({ name, bits }) => `bits: ${name}: ${bits?.pass ?? 0} of ${bits?.cases ?? 0} cases passed.`),
    ...(hashes.size === 1 ? [] : [`bits: want one hash, got ${[...hashes].join(', ')}.`]),
  ];
}

/** As Markdown. @param {BitsTable} table */
export function formatBitsTable({ rows }) {
  const lines = rows.map(({ name, fast, reproducible, bits }) => {
    const { differing, of, most, mostUlp } = fast;
    const apart = differing === 0 ? 'none' : `${differing} of ${of}, by up to ${most.toExponential(1)} (${mostUlp} ulp)`;
    return `| ${name} | ${apart} | ${reproducible ?? 'refused'} | ${bits === null ? '' : `${bits.pass} of ${bits.cases}, ${bits.hash}`} |`;
  });
  return [
    '| backend | fast: elements that differ from cpu naive | reproducible: hash of the output | bitwise cases passed, and their hash |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** The part that a saved table and a new one must share: the bits. The differences under `fast` depend on the machine. @param {BitsTable} table */
export function bitsOutline({ rows }) {
  return rows.map(({ name, reproducible, bits }) => `${name}: ${reproducible} ${bits?.pass} ${bits?.hash}`).join('\n');
}
