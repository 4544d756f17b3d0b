// The report and the matrix: their contents, and what makes them fail.
import type { Backend } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import type { CaseResult, ConformanceReport } from '@relbias/conformance';
import { conformanceTests, findCase, formatMatrix, mergeReports, naiveBackend, runConformance } from '@relbias/conformance';
import { saboteurs } from '@relbias/conformance/saboteurs';
import { expect, test } from 'vitest';

const cases = ['claims/ran-on', 'attention/none', 'attention/alibi', 'attention/alibi:heads=12'].map((name) => findCase(name));

function saboteur(name: string): Backend {
  const found = saboteurs.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no saboteur ${name}`);
  return found.backend();
}

test('a report survives JSON', async () => {
  const report = await runConformance(naiveBackend(), { cases, versions: { '@relbias/conformance': '1.2.3' } });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(report).toMatchObject({
    format: 'relbias-conformance/1',
    ranOn: { backend: 'naive32', kernel: 'rows', arithmetic: 'float32' },
    expected: null,
    versions: { '@relbias/conformance': '1.2.3', platform: expect.stringMatching(/./) as string },
    counts: { pass: 4, fail: 0, notRun: 0 },
  });
});

test('numbers that JSON cannot hold are strings', async () => {
  const report = await runConformance(saboteur('no-max-subtraction'), { cases: [findCase('attention/none:magnitude=1000')] });
  expect(report.results[0].worst).toMatchObject({ error: 'Infinity' });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('a failure prints index, got, want, ulp, budget and the command to repeat', async () => {
  const report = await runConformance(saboteur('naive-slopes'), { cases, command: 'relbias conform --backend ./mine.js' });
  expect(report.counts).toEqual({ pass: 3, fail: 1, notRun: 0 });
  expect(report.results[3].reason).toMatch(
    /^\w+\[[\d, ]+\]: got \S+, want \S+, error \S+ = \S+ ulp, budget \S+ = \S+ ulp\. Repeat: relbias conform --backend \.\/mine\.js --case 'attention\/alibi:heads=12'$/,
  );
});

test('the margin is the share of the budget left', async () => {
  const { results } = await runConformance(naiveBackend(), { cases });
  const [, { worst, margin }] = results;
  expect(margin).toBeCloseTo(1 - Number(worst?.error) / (worst?.budget ?? 0), 12);
});

test('a backend other than the expected one fails, in the claim and in every result', async () => {
  const report = await runConformance(naiveBackend(), { cases, expected: { backend: 'gpu.js', kernel: 'webgpu' } });
  expect(report.counts.fail).toBe(cases.length);
  expect(report.results[0].reason).toContain('want gpu.js');
});

test('a case refused as unsupported is reported as not run; any other error is a failure', async () => {
  const refusing = (error: Error): Backend => ({
    ...naiveBackend(),
    prepare: async () => {
      throw error;
    },
  });
  const unsupported = new UnsupportedError({ what: 'keys', got: '16', wanted: 'at most 8' });
  const refused = await runConformance(refusing(unsupported), { cases });
  expect(refused.counts).toEqual({ pass: 1, fail: 0, notRun: 3 });
  expect(formatMatrix(mergeReports([refused]), 'text')).toMatch(
    /0\/1 1 not run[\s\S]*Not run \(3\):\n.*got 16, wanted at most 8/,
  );
  const broken = await runConformance(refusing(new TypeError('x is not a function')), { cases });
  expect(broken.counts).toEqual({ pass: 1, fail: 3, notRun: 0 });
});

test('progress is reported, a signal ends the run, and a run without cases is an error', async () => {
  const seen: [CaseResult['name'], number, number][] = [];
  await runConformance(naiveBackend(), { cases, onProgress: ({ name }, done, total) => seen.push([name, done, total]) });
  expect(seen.map(([name]) => name)).toEqual(cases.map(({ name }) => name));
  expect(seen.at(-1)).toEqual(['attention/alibi:heads=12', 4, 4]);
  const controller = new AbortController();
  const stop = new Error('enough');
  const stopped = runConformance(naiveBackend(), { cases, signal: controller.signal, onProgress: () => controller.abort(stop) });
  await expect(stopped).rejects.toBe(stop);
  await expect(runConformance(naiveBackend(), { filter: 'attention/alibbi' })).rejects.toThrow(ParameterError);
});

test('a signal ends the run while a backend gives no answer', async () => {
  const silent: Backend = { ...naiveBackend(), prepare: () => new Promise(() => {}) };
  const controller = new AbortController();
  const stopped = runConformance(silent, { cases: cases.slice(1), signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
});

test('reports merge into a matrix of families and backends', async () => {
  const good = await runConformance(naiveBackend(), { cases });
  const bad = await runConformance(saboteur('naive-slopes'), { cases });
  const matrix = mergeReports([good, bad]);
  expect(matrix.families).toEqual(['claims', 'none', 'alibi']);
  expect(matrix.columns.map(({ cells }) => cells.map((cell) => [cell?.pass, cell?.fail]))).toEqual([
    [
      [1, 0],
      [1, 0],
      [2, 0],
    ],
    [
      [1, 0],
      [1, 0],
      [1, 1],
    ],
  ]);
  expect(matrix.columns[1].cells[2]?.worst?.case).toBe('attention/alibi:heads=12');
  expect(matrix.columns[1].cells[2]?.margin).toBeLessThan(0);
  expect(matrix.ok).toBe(false);
  expect(matrix.failures).toHaveLength(1);
  expect(mergeReports([good]).ok).toBe(true);
  expect(mergeReports([]).ok).toBe(false);
  const markdown = formatMatrix(matrix, 'markdown').split('\n');
  expect(markdown.slice(0, 2)).toEqual(['| family | naive32 rows (1) | naive32 rows (2) |', '| --- | --- | --- |']);
  expect(markdown.find((line) => line.startsWith('| alibi'))).toMatch(/^\| alibi \| 2\/2, .* %\s\| 1\/2 1 FAILED, .* % \|$/);
});

test('a required backend that is missing, or that passed nothing in a family, is a failure', async () => {
  const report = await runConformance(naiveBackend(), { cases });
  const required = { backend: 'naive32', kernel: 'rows' };
  expect(mergeReports([report], { required: [required] }).ok).toBe(true);
  expect(mergeReports([report], { required: [{ ...required, device: 'JavaScript' }] }).ok).toBe(true);
  for (const other of [
    { backend: 'gpu.js', kernel: 'webgpu' },
    { ...required, device: 'Mesa' },
  ]) {
    expect(mergeReports([report], { required: [other] }).failures).toEqual([
      expect.stringMatching(/required, and no report says that it ran/),
    ]);
  }
  const partial = await runConformance(naiveBackend(), { cases: cases.slice(0, 2) });
  const other = { ...report, ranOn: { ...report.ranOn, kernel: 'other' } };
  expect(mergeReports([partial, other], { required: [required] }).failures).toEqual([
    'naive32 rows: required, and no case of alibi passed.',
  ]);
});

test('the tests of a runner end with a report on the cases that ran', async () => {
  const reports: ConformanceReport[] = [];
  const tests = conformanceTests(naiveBackend(), { cases, onReport: (report) => void reports.push(report) });
  for (const { run } of tests) await run();
  expect(tests.map(({ name }) => name)).toEqual([...cases.map(({ name }) => name), 'report']);
  expect(reports.map(({ counts, ranOn }) => [counts, ranOn.backend])).toEqual([[{ pass: 4, fail: 0, notRun: 0 }, 'naive32']]);
});
