// The suite as a list of named functions, for any test runner. A complete test file:
//
//     import { conformanceTests } from '@relbias/conformance';
//     import { test } from 'vitest';
//     for (const { name, run } of conformanceTests(createMyBackend)) test(name, run);
import type { Backend } from '@relbias/bias-spec';
import { printableRanOn } from './ran-on.ts';
import type { BackendSource } from './open-backend.ts';
import { openBackend, requireBackend } from './open-backend.ts';
import type { ConformanceOptions } from './options.ts';
import { CASE_SECONDS, chooseCases } from './options.ts';
import type { ConformanceReport } from './report.ts';
import { reportOn, runCase } from './report.ts';
import type { CaseResult } from './result.ts';

/** The context that vitest and node:test pass to a test; used to report a case that did not run as skipped, with its reason. */
export interface TestContext {
  skip(reason?: string): unknown;
}

/** One case as a test. */
export interface ConformanceTest {
  readonly name: string;
  /** Rejects with the failure text. */
  run(context?: TestContext): Promise<void>;
}

/** The options of a run, and a receiver of its report. */
export interface ConformanceTestOptions extends ConformanceOptions {
  /** Receives the report on the cases that ran. It is called by an additional test named `report`, the last of the list. */
  readonly onReport?: (report: ConformanceReport) => void | Promise<void>;
}

/**
 * One test for each case. A function that makes the backend is called once, by the first test that runs; its backend stays open until
 * the process ends.
 *
 * @param backend - a backend, or a function that makes one.
 * @throws ParameterError for an invalid option, or something that is not a backend.
 */
export function conformanceTests(backend: BackendSource, options: ConformanceTestOptions = {}): ConformanceTest[] {
  const cases = chooseCases(options, ['onReport']);
  if (typeof backend !== 'function') requireBackend(backend);
  const { caseSeconds: seconds = CASE_SECONDS, signal, onReport } = options;
  let opened: Promise<Backend> | undefined;
  const open = (): Promise<Backend> => (opened ??= openBackend(backend, { seconds, signal }));
  const results: CaseResult[] = [];
  const start = performance.now();
  const tests: ConformanceTest[] = cases.map((one) => ({
    name: one.name,
    async run(context) {
      const result = await runCase(one, await open(), options);
      results.push(result);
      const { status, reason } = result;
      if (status === 'pass') return;
      // If the runner cannot skip a test, a case that did not run must not look like one that passed.
      if (status === 'not-run' && context !== undefined) context.skip(reason ?? undefined);
      else throw new Error(`${one.name}: ${reason}`);
    },
  }));
  if (onReport === undefined) return tests;
  const run = async (): Promise<void> =>
    onReport(reportOn(printableRanOn(await open()), results, performance.now() - start, options));
  return [...tests, { name: 'report', run }];
}
