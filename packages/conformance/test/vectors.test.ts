// Checks the spec and its oracle against every golden vector, and the naive backend against the attention vectors.
import path from 'node:path';
import { sumOf } from '@relbias/bias-spec/backend';
import { naiveBackend, runConformance } from '@relbias/conformance';
import { judgeVectors, vectorCases } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { describe, expect, test } from 'vitest';

const files = await readVectors(path.join(import.meta.dirname, '../vectors'));

describe.each(files)('$file', ({ file, cases }) => {
  const results = judgeVectors(files.filter((one) => one.file === file));

  test('every case passes or requires nothing', () => {
    expect(results.map(({ name }) => name)).toEqual(cases.map(({ id }) => `vectors/${id}`));
    expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
    const silent = cases.filter(({ compare }) => compare === 'record-only').map(({ id }) => `vectors/${id}`);
    expect(results.filter(({ status }) => status === 'recorded').map(({ name }) => name)).toEqual(silent);
  });

  test('every pass compared something', () => {
    expect(results.filter(({ status, compared }) => status === 'pass' && compared === 0)).toEqual([]);
  });
});

test('parameters that published code mishandles are refused', () => {
  const degenerate = files.flatMap(({ cases }) => cases.filter((one) => one.degenerate).map(({ id }) => `vectors/${id}`));
  const recorded = judgeVectors(files).filter(({ name }) => degenerate.includes(name));
  expect(degenerate.length).toBeGreaterThan(0);
  expect(
    recorded.filter(({ status, reason }) => status === 'recorded' && !reason?.startsWith('Refused: ParameterError')),
  ).toEqual([]);
});

test('a backend is judged by the attention vectors in float32', async () => {
  const cases = vectorCases(files.filter(({ file }) => file !== 'reproducible'));
  const { results } = await runConformance(naiveBackend(), { cases });
  expect(results.length).toBe(files.find(({ file }) => file === 'attention')?.cases.length);
  expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
});

test('a backend that runs on another kernel fails, and a case without numbers does not run', async () => {
  const [first, second] = files.find(({ file }) => file === 'attention')?.cases ?? [];
  const silent = { ...second, compare: 'record-only' };
  const cases = vectorCases([{ origin: 'here', file: 'two', cases: [first, silent] }]);
  const expected = { backend: 'gpu.js', kernel: 'webgpu' };
  const { results } = await runConformance(naiveBackend(), { cases, expected });
  expect(results.map(({ status }) => status)).toEqual(['fail', 'not-run']);
  expect(results[0].reason).toContain('got { backend: "naive32", kernel: "rows" }, want { backend: "gpu.js", kernel: "webgpu" }');
});

test('a backend that leaves the bias out fails all attention vectors that have one', async () => {
  const backend = naiveBackend({ plan: (plan) => ({ ...plan, lowered: sumOf([]) }) });
  const { results } = await runConformance(backend, {
    cases: vectorCases(files),
    filter: (name) => !/\/none\/|1x1|\/reproducible\//.test(name),
  });
  expect(results.length).toBeGreaterThan(0);
  expect(results.filter(({ status }) => status !== 'fail').map(({ name }) => name)).toEqual([]);
  expect(results[0].reason).toMatch(/output|logSumExp/);
});
