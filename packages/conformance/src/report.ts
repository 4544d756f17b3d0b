// Runs the suite on one backend and writes the report.
import type { Backend, FamilyDefinition, RanOn } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { printable } from '@relbias/bias-spec/backend';
import type { Case, Expected } from './case.ts';
import type { BitsSummary } from './bits/summary.ts';
import { summarise } from './bits/summary.ts';
import { isNamed, messageOf, traceThrown } from './foreign.ts';
import { Guard, printableRanOn } from './guard.ts';
import type { CaseResult, Verdict } from './result.ts';
import { fail, notRun } from './result.ts';
import { allCases } from './suite.ts';

/**
 * The report on one backend, as JSON. `format` names this shape; a change that readers would trip over gets another number.
 * Figures that JSON has no number for are the strings `NaN`, `Infinity`, `-Infinity`.
 */
export interface ConformanceReport {
  readonly format: 'relbias-conformance/1';
  /** What the backend says it is; the cases `claims/...` checked it. */
  readonly ranOn: RanOn;
  /** What the caller required, or null. */
  readonly expected: Expected | null;
  /** Whatever the caller wants on record (package versions), and the platform. */
  readonly versions: Readonly<Record<string, string>>;
  readonly counts: { readonly pass: number; readonly fail: number; readonly notRun: number };
  readonly milliseconds: number;
  /** The one word for all bits that were compared; null where none were. */
  readonly bits: BitsSummary | null;
  readonly results: readonly CaseResult[];
}

/** What to run, and who watches. */
export interface ConformanceOptions {
  /** Default: the families of bias-spec. */
  readonly families?: readonly FamilyDefinition[];
  /** The cases to run; default all of them. */
  readonly cases?: readonly Case[];
  /** Keep only cases whose name contains this text, or which the function accepts. */
  readonly filter?: string | ((name: string) => boolean);
  /** Fail when the backend turns out to be another one, or another kernel of it. */
  readonly expected?: Expected;
  /** Ends the run with the signal's reason, also while a case waits for its backend. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (result: CaseResult, done: number, total: number) => void;
  /** What repeats the run, printed with failures; ` --case '<name>'` is added. Default `relbias conform --backend <kernel>`. */
  readonly command?: string;
  readonly versions?: Readonly<Record<string, string>>;
  /** How long a case may take, in seconds. Where one takes longer the run ends: it fails, and those after it are not run. Default 120. */
  readonly caseSeconds?: number;
}

/** The slowest case takes some seconds on a GPU in software. */
const CASE_SECONDS = 120;

/**
 * Judges a backend by the float64 oracle. The backend is left open: disposing it is the caller's.
 *
 * @throws the signal's reason; ParameterError when no case is chosen. Whatever the backend does wrong is a failed case, not an error.
 * @example
 * const report = await runConformance(naiveBackend(), { cases: [findCase('attention/t5:heads=12;causal')] });
 * report.counts; // { pass: 1, fail: 0, notRun: 0 }
 */
export async function runConformance(backend: Backend, options: ConformanceOptions = {}): Promise<ConformanceReport> {
  const cases = selectCases(options);
  const start = performance.now();
  const results: CaseResult[] = [];
  let hung: string | null = null;
  for (const one of cases) {
    options.signal?.throwIfAborted();
    const result: CaseResult =
      hung === null ? await unlessAborted(runCase(one, backend, options), options.signal) : unasked(one, hung);
    if (result.hung === true) hung = one.name;
    results.push(result);
    options.onProgress?.(result, results.length, cases.length);
  }
  return reportOn(printableRanOn(backend), results, performance.now() - start, options);
}

/**
 * The report that results of one backend make, wherever the cases ran.
 *
 * @param ranOn - what the backend says it is; `report.ranOn` of another report will do.
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

/** The cases that options choose, in order. Choosing none is an error: a run of nothing would look like a run without failures. */
export function selectCases({ families, cases, filter }: ConformanceOptions): readonly Case[] {
  const all = cases ?? allCases(families);
  const chosen =
    filter === undefined ? all : all.filter(({ name }) => (typeof filter === 'string' ? name.includes(filter) : filter(name)));
  if (chosen.length > 0) return chosen;
  throw new ParameterError({
    what: 'filter',
    got: `no case out of ${all.length}`,
    wanted: 'at least one, such as attention/alibi',
  });
}

/** Judges one case; never rejects for what the backend does. */
export async function runCase(
  one: Case,
  backend: Backend,
  { expected, command, caseSeconds = CASE_SECONDS }: ConformanceOptions = {},
): Promise<CaseResult> {
  const verdict = await inTime(judged(one, backend, expected), caseSeconds);
  const { status, reason } = verdict;
  const result: CaseResult = {
    name: one.name,
    family: one.family,
    ...verdict,
    reason: reason === null ? null : printable(reason),
  };
  if (status !== 'fail') return result;
  const repeat = `${command ?? `relbias conform --backend ${printableRanOn(backend).kernel}`} --case '${one.name}'`;
  return { ...result, reason: `${result.reason} Repeat: ${repeat}` };
}

/** A case that was not begun, because the backend has not come back from another. */
function unasked({ name, family }: Case, hung: string): CaseResult {
  return { name, family, ...notRun(`The backend gave no answer to ${hung}.`) };
}

/** What was promised, unless the signal comes first. */
async function unlessAborted<T>(promised: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promised;
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promised, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The verdict, or a failure where there is none in time: then nothing tells whether the backend is still at work. */
async function inTime(verdict: Promise<Verdict>, seconds: number): Promise<Verdict> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve({ ...fail(`No answer within ${seconds} s.`), hung: true }), seconds * 1000);
    // Where nothing else keeps the program alive, it should not wait for this.
    (timer as { unref?(): void }).unref?.();
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function judged(one: Case, backend: Backend, expected: Expected | undefined): Promise<Verdict> {
  const guard = new Guard(backend);
  try {
    return await guard.conclude(await one.judge(guard.backend, { expected }));
  } catch (error) {
    // A backend that says what it cannot do has not failed; the report shows that the case did not run, and why.
    const verdict = isNamed(error, UnsupportedError) ? notRun(messageOf(error)) : fail(`Threw ${traceThrown(error)}.`);
    return guard.conclude(verdict);
  }
}

function platform(): string {
  const { navigator, process } = globalThis as { navigator?: { userAgent?: string }; process?: { version?: string } };
  return navigator?.userAgent ?? `Node.js ${process?.version ?? 'of unknown version'}`;
}
