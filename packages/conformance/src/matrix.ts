// Merges reports into one table, families x backends, and prints it.
import { printable } from '@relbias/bias-spec/backend';
import type { RanOn } from '@relbias/bias-spec';
import type { BitsSummary } from './bits/summary.ts';
import type { ConformanceReport } from './report.ts';
import type { CaseResult, Worst } from './result.ts';

/** A backend that must be in the matrix; `device` is a part of the device's name. */
export interface RequiredBackend {
  readonly backend: string;
  readonly kernel: string;
  readonly device?: string;
}

/** One family on one backend. */
export interface MatrixCell {
  readonly family: string;
  readonly pass: number;
  readonly fail: number;
  readonly notRun: number;
  /** The element that came nearest to its budget, or exceeded it most, with its case. */
  readonly worst: (Worst & { readonly case: string }) | null;
  /** The smallest margin of the family's cases; see CaseResult. */
  readonly margin: number | null;
}

/** One backend. */
export interface MatrixColumn {
  readonly ranOn: RanOn;
  /** One cell for each row of the matrix; null where the report has no case of that family. */
  readonly cells: readonly (MatrixCell | null)[];
  /** The results of the cases of the reproducible profile; missing where none ran. */
  readonly bits?: BitsSummary;
}

/** Merged reports: families by backends, and what failed. */
export interface ConformanceMatrix {
  readonly format: 'relbias-conformance-matrix/1';
  /** `claims`, `contract`, then the families. */
  readonly families: readonly string[];
  readonly columns: readonly MatrixColumn[];
  /** What failed, one line each; empty where everything passed. */
  readonly failures: readonly string[];
  /** Cases that did not run, with their reasons, one line each. */
  readonly notRun: readonly string[];
  readonly ok: boolean;
}

/**
 * Merges reports. The matrix fails if a case failed, if a required backend has no report, or if a required backend passed no case of a family.
 *
 * @example
 * const report = await runConformance(naiveBackend(), { cases: [findCase('attention/alibi:causal')] });
 * const matrix = mergeReports([report], { required: [{ backend: 'gpu.js', kernel: 'webgpu' }] });
 * matrix.ok; // false: webgpu is required, and no report is from it
 * console.log(formatMatrix(matrix, 'text'));
 */
export function mergeReports(
  reports: readonly ConformanceReport[],
  { required = [] }: { readonly required?: readonly RequiredBackend[] } = {},
): ConformanceMatrix {
  // Cases of bits are listed separately: they have no budget, and backends need not offer the profile.
  const families = [...new Set(reports.flatMap(({ results }) => results.map(({ family }) => family)))].filter(
    (family) => family !== 'bits',
  );
  const columns = reports.map(({ ranOn, results, bits }) => ({
    ranOn,
    ...(bits === null || bits === undefined ? {} : { bits }),
    cells: families.map((family) =>
      cellOf(
        family,
        results.filter((one) => one.family === family),
      ),
    ),
  }));
  const failures = [
    ...reports.flatMap((report) => linesOf(report, 'fail')),
    ...required.flatMap((wanted) => missing(wanted, columns, families)),
  ];
  const notRun = reports.flatMap((report) => [...linesOf(withoutBits(report), 'not-run'), ...bitsNotRun(report)]);
  return {
    format: 'relbias-conformance-matrix/1',
    families,
    columns,
    failures,
    notRun,
    ok: reports.length > 0 && failures.length === 0,
  };
}

function cellOf(family: string, results: readonly CaseResult[]): MatrixCell | null {
  if (results.length === 0) return null;
  const count = (status: CaseResult['status']): number => results.filter((one) => one.status === status).length;
  const measured = results.filter((one) => one.margin !== null).toSorted((a, b) => Number(a.margin) - Number(b.margin));
  const worst = measured[0]?.worst ?? null;
  return {
    family,
    pass: count('pass'),
    fail: count('fail'),
    notRun: count('not-run'),
    worst: worst === null ? null : { ...worst, case: measured[0].name },
    margin: measured.length === 0 ? null : Number(measured[0].margin),
  };
}

function linesOf({ ranOn, results }: ConformanceReport, status: CaseResult['status']): string[] {
  return results
    .filter((one) => one.status === status)
    .map(({ name, reason }) => printable(`${nameOf(ranOn)}: ${name}: ${reason}`, Infinity));
}

function withoutBits(report: ConformanceReport): ConformanceReport {
  return { ...report, results: report.results.filter(({ family }) => family !== 'bits') };
}

/** One line for each reason, not for each case: a backend without the profile has a single line. */
function bitsNotRun({ ranOn, results }: ConformanceReport): string[] {
  const skipped = results.filter(({ family, status }) => family === 'bits' && status === 'not-run');
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const count = skipped.filter((one) => one.reason === reason).length;
    return printable(`${nameOf(ranOn)}: ${count} ${count === 1 ? 'case' : 'cases'} of bits: ${reason}`, Infinity);
  });
}

function missing(wanted: RequiredBackend, columns: readonly MatrixColumn[], families: readonly string[]): string[] {
  const name = `${wanted.backend} ${wanted.kernel}${wanted.device === undefined ? '' : ` on ${wanted.device}`}`;
  const found = columns.filter(
    ({ ranOn }) =>
      ranOn.backend === wanted.backend && ranOn.kernel === wanted.kernel && ranOn.device.includes(wanted.device ?? ''),
  );
  if (found.length === 0) return [`${name}: required, and no report says that it ran.`];
  return families
    .filter((_, row) => found.every(({ cells }) => (cells[row]?.pass ?? 0) === 0))
    .map((family) => `${name}: required, and no case of ${family} passed.`);
}

function nameOf({ backend, kernel }: RanOn): string {
  return printable(`${backend} ${kernel}`);
}

/** The table as Markdown (for a README) or as plain text (for a terminal), followed by the failures and the cases that did not run. */
export function formatMatrix(matrix: ConformanceMatrix, style: 'markdown' | 'text'): string {
  const names = columnNames(matrix);
  const body = matrix.families.map((family, row) => [family, ...matrix.columns.map(({ cells }) => formatCell(cells[row]))]);
  const rows = [['family', ...names], ...body];
  const devices = matrix.columns.map(
    ({ ranOn }, column) => `${names[column]}: ${printable(`${ranOn.device}, ${ranOn.arithmetic}`)}`,
  );
  const bits = matrix.columns.flatMap((one, column) => {
    if (one.bits === undefined) return [];
    return [`${names[column]}: ${one.bits.pass}/${one.bits.cases}, hash ${one.bits.hash}`];
  });
  const notes = [
    ...listed('Ran on', devices, style),
    ...listed('Bits of the reproducible profile', bits, style),
    ...listed('Failures', matrix.failures, style),
    ...listed('Not run', matrix.notRun, style),
    'Cell: cases passed / cases in total; the error against float64 of the element nearest to its budget; the share of the budget left.',
  ];
  const table = style === 'markdown' ? markdownTable(rows) : textTable(rows);
  return [...table, '', ...notes].join('\n');
}

/** Backend and kernel; numbered where two columns would have the same name. */
function columnNames({ columns }: ConformanceMatrix): string[] {
  const names = columns.map(({ ranOn }) => nameOf(ranOn));
  return names.map((name, column) => {
    const twins = names.filter((one) => one === name).length;
    return twins === 1 ? name : `${name} (${names.slice(0, column + 1).filter((one) => one === name).length})`;
  });
}

function formatCell(cell: MatrixCell | null): string {
  if (cell === null) return 'not run';
  const { pass, fail, notRun, worst, margin } = cell;
  const counts = `${pass}/${pass + fail + notRun}${fail > 0 ? ` ${fail} FAILED` : ''}${notRun > 0 ? ` ${notRun} not run` : ''}`;
  if (worst === null || margin === null) return counts;
  const error = typeof worst.error === 'number' ? worst.error.toExponential(1) : worst.error;
  return `${counts}, ${error}, ${Math.floor(margin * 100)} %`;
}

function listed(title: string, lines: readonly string[], style: 'markdown' | 'text'): string[] {
  if (lines.length === 0) return [];
  const items = lines.map((line) => `- ${style === 'markdown' ? escaped(line) : line}`);
  return [`${title} (${lines.length}):`, ...(style === 'markdown' ? [''] : []), ...items, ''];
}

/** Text escaped for Markdown: no markup, no HTML, no links. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`<&[\]]/g, '\\$&');
}

function markdownTable([header, ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((one) => escaped(one).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(rows[0]), rule, ...rows.slice(1).map(line)];
}
