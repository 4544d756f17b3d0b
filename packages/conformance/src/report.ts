// Runs the suite on one backend and writes the report.
import type { Backend, RanOn } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { printable } from '@relbias/bias-spec/backend';
import type { Case, Expected } from './case.ts';
import type { BitsSummary } from './bits/summary.ts';
import { summarise } from './bits/summary.ts';
import { isFamilyFault } from './families.ts';
import { isNamed, messageOf, sentence, traceThrown } from './foreign.ts';
import { Guard } from './guard.ts';
import { printableRanOn } from './ran-on.ts';
import type { BackendSource } from './open-backend.ts';
import { openBackend, requireBackend } from './open-backend.ts';
import type { ConformanceOptions } from './options.ts';
import { CASE_SECONDS, chooseCases } from './options.ts';
import type { CaseResult, Verdict } from './result.ts';
import { fail, notRun } from './result.ts';
import { findCase } from './suite.ts';
import type { Patience } from './waiting.ts';
import { within } from './waiting.ts';

/**
 * The report on one backend, as JSON. `format` identifies this shape; incompatible changes get another number. Non-finite numbers are the strings
 * `NaN`, `Infinity`, `-Infinity`.
 */
export interface ConformanceReport {
  readonly format: 'relbias-conformance/1';
  /** What the backend says about itself; the cases `claims/...` check it. */
  readonly ranOn: RanOn;
  /** The backend that the caller expects, or null. */
  readonly expected: Expected | null;
  /** The versions that the caller gave, and the platform. */
  readonly versions: Readonly<Record<string, string>>;
  readonly counts: { readonly pass: number; readonly fail: number; readonly notRun: number };
  readonly milliseconds: number;
  /** The hash of all bits that were compared; null where none were. */
  readonly bits: BitsSummary | null;
  readonly results: readonly CaseResult[];
}

/**
 * Judges a backend by the float64 oracle. A backend that is passed in stays open; one that a function makes is disposed at the end.
 *
 * @param backend - a backend, or a function that makes one.
 * @throws the signal's reason; what the function or `onProgress` throws; ParameterError for an invalid option, or something that is
 * not a backend. Whatever a backend does wrong is a failed case, not an error.
 * @example
 * const report = await runConformance(naiveBackend(), { cases: ['attention/t5:heads=12;causal'] });
 * report.counts; // { pass: 1, fail: 0, notRun: 0 }
 */
export async function runConformance(backend: BackendSource, options: ConformanceOptions = {}): Promise<ConformanceReport> {
  const cases = chooseCases(options);
  const { caseSeconds: seconds = CASE_SECONDS, signal } = options;
  const start = performance.now();
  const opened = await openBackend(backend, { seconds, signal });
  const made = typeof backend === 'function';
  const results: CaseResult[] = [];
  try {
    let hung: string | null = null;
    for (const one of cases) {
      signal?.throwIfAborted();
      const result: CaseResult = hung === null ? await runCase(one, opened, options) : notBegun(one, hung);
      if (result.hung === true) hung = one.name;
      results.push(result);
      options.onProgress?.(result, results.length, cases.length);
    }
  } catch (error) {
    if (made) await disposal(opened, { seconds });
    throw error;
  }
  const failed = made ? await disposal(opened, { seconds, signal }) : null;
  if (failed !== null) results.push({ name: 'contract/dispose', family: 'contract', ...fail(failed) });
  return reportOn(printableRanOn(opened), results, performance.now() - start, options);
}

/**
 * The report on one backend from results of its cases, which may have run in another process.
 *
 * @param ranOn - as the backend says, for example `report.ranOn` of another report.
 * @example
 * const { ranOn, results } = await runConformance(naiveBackend(), { filter: 'claims/' });
 * reportOn(ranOn, results, 0, {}).counts.pass; // 3
 */
export function reportOn(
  ranOn: RanOn,
  results: readonly CaseResult[],
  milliseconds: number,
  { expected, versions }: Pick<ConformanceOptions, 'expected' | 'versions'>,
): ConformanceReport {
  const count = (status: CaseResult['status']): number => results.filter((one) => one.status === status).length;
  return {
    format: 'relbias-conformance/1',
    ranOn,
    expected: expected ?? null,
    versions: { ...versions, platform: platform() },
    counts: { pass: count('pass'), fail: count('fail'), notRun: count('not-run') },
    milliseconds: Math.round(milliseconds),
    bits: summarise(results),
    results,
  };
}

/**
 * Judges one case. Rejects for nothing that the backend does.
 *
 * @throws ParameterError for something that is not a backend; the signal's reason.
 */
export async function runCase(one: Case, backend: Backend, options: ConformanceOptions = {}): Promise<CaseResult> {
  requireBackend(backend);
  const { expected, signal, caseSeconds: seconds = CASE_SECONDS } = options;
  const late: Verdict = { ...fail(`No answer within ${seconds} s.`), hung: true };
  const verdict = await within(judged(one, backend, expected), { seconds, signal }, late);
  const { status, reason } = verdict;
  const result: CaseResult = {
    name: one.name,
    family: one.family,
    ...verdict,
    reason: reason === null ? null : printable(reason),
  };
  return status === 'fail' ? { ...result, reason: `${result.reason} Repeat: ${repetition(one.name, options)}` } : result;
}

/** The command or the line of code that judges one case again. */
function repetition(name: string, { command, families }: ConformanceOptions): string {
  if (command !== undefined) return `${command} --case '${name}'`;
  try {
    findCase(name, families);
    return `await runConformance(backend, { ${families === undefined ? '' : 'families, '}cases: ['${name}'] })`;
  } catch {
    // A case of the caller's own: only their list has it.
    return `await runConformance(backend, { cases, filter: (name) => name === ${JSON.stringify(name)} })`;
  }
}

/** A case that was not begun, because the backend has not come back from another. */
function notBegun({ name, family }: Case, hung: string): CaseResult {
  return { name, family, ...notRun(`The backend gave no answer to ${hung}.`) };
}

/** What went wrong while a backend was disposed, in a sentence; null where nothing did. */
async function disposal(backend: Backend, patience: Patience): Promise<string | null> {
  const dispose = async (): Promise<null> => (await backend.dispose(), null);
  try {
    return await within(dispose(), patience, `dispose() of the backend gave no answer within ${patience.seconds} s.`);
  } catch (error) {
    patience.signal?.throwIfAborted();
    return sentence(`dispose() of the backend threw ${traceThrown(error)}`);
  }
}

async function judged(one: Case, backend: Backend, expected: Expected | undefined): Promise<Verdict> {
  const guard = new Guard(backend);
  try {
    return await guard.conclude(await one.judge(guard.backend, { expected }));
  } catch (error) {
    return guard.conclude(verdictOn(error));
  }
}

/** A backend that says what it cannot do has not failed: the report shows that the case did not run, and why. */
function verdictOn(error: unknown): Verdict {
  if (isFamilyFault(error)) return fail(error.message);
  return isNamed(error, UnsupportedError) ? notRun(messageOf(error)) : fail(sentence(`Threw ${traceThrown(error)}`));
}

function platform(): string {
  const { navigator, process } = globalThis as { navigator?: { userAgent?: string }; process?: { version?: string } };
  return navigator?.userAgent ?? `Node.js ${process?.version ?? 'of unknown version'}`;
}
