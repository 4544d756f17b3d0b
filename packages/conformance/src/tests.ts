// The suite as a list of named functions, for any test runner. A third party's whole test file:
//
//     import { conformanceTests } from '@relbias/conformance';
//     import { test } from 'vitest';
//     for (const { name, run } of conformanceTests(createMyBackend)) test(name, run);
import type { Backend } from '@relbias/bias-spec';
import { printableRanOn } from './guard.ts';
import type { ConformanceOptions, ConformanceReport } from './report.ts';
import { reportOn, runCase, selectCases } from './report.ts';
import type { CaseResult } from './result.ts';

/** What vitest and node:test hand to a test; used to show a case that did not run as skipped, with its reason. */
export interface TestContext {
  skip(reason?: string): unknown;
}

/** One case as a test. */
export interface ConformanceTest {
  readonly name: string;
  /** Rejects with the failure text. */
  run(context?: TestContext): Promise<void>;
}

/** The options of a run, and who receives its report. */
export interface ConformanceTestOptions extends ConformanceOptions {
  /** Receives the report on the cases that ran, in one more test named `report`, the last of the list. */
  readonly onReport?: (report: ConformanceReport) => void | Promise<void>;
}

/**
 * One test for each case. The backend is made once, by the first test that runs.
 *
 * @param backend - a backend, or what makes one.
 */
export function conformanceTests(
  backend: Backend | (() => Backend | Promise<Backend>),
  options: ConformanceTestOptions = {},
): ConformanceTest[] {
  let made: Promise<Backend> | undefined;
  const results: CaseResult[] = [];
  const start = performance.now();
  const make = async (): Promise<Backend> => (typeof backend === 'function' ? backend() : backend);
  const backendOf = (): Promise<Backend> => (made ??= make());
  const tests: ConformanceTest[] = selectCases(options).map((one) => ({
    name: one.name,
    async run(context) {
      const result = await runCase(one, await backendOf(), options);
      results.push(result);
      const { status, reason } = result;
      if (status === 'pass') return;
      // Without a runner that can show it, a case that did not run must not look like one that passed.
      if (status === 'not-run' && context !== undefined) context.skip(reason ?? undefined);
      else throw new Error(`${one.name}: ${reason}`);
    },
  }));
  const { onReport } = options;
  if (onReport === undefined) return tests;
  const run = async (): Promise<void> =>
    onReport(reportOn(printableRanOn(await backendOf()), results, performance.now() - start, options));
  return [...tests, { name: 'report', run }];
}
