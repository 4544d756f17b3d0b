// The options of a run, checked, and the cases that they choose.
import type { FamilyDefinition } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import { requireKnownKeys, show } from '@relbias/bias-spec/backend';
import type { Case, Expected } from './case.ts';
import { meant } from './names.ts';
import type { CaseResult } from './result.ts';
import { allCases, findCase } from './suite.ts';
import { requireList } from './families.ts';
import type { RunSignal } from './waiting.ts';

/** What to run, and what to do with the results. */
export interface ConformanceOptions {
  /** Default: the families of bias-spec. */
  readonly families?: readonly FamilyDefinition[];
  /** The cases to run, or their names, which may be any that `findCase` takes. Default: all cases. */
  readonly cases?: readonly (Case | string)[];
  /** Keep only the cases whose name contains this text, or which the function accepts. */
  readonly filter?: string | ((name: string) => boolean);
  /** Fail if another backend runs, or another kernel of it. */
  readonly expected?: Expected;
  /** An AbortSignal. Ends the run with the signal's reason, even while a case waits for its backend. */
  readonly signal?: RunSignal;
  readonly onProgress?: (result: CaseResult, done: number, total: number) => void;
  /**
   * The command that repeats the run; a failure prints it with ` --case '<name>'` added. Default: none, and a failure prints the call of
   * `runConformance` that repeats the case.
   */
  readonly command?: string;
  readonly versions?: Readonly<Record<string, string>>;
  /**
   * Seconds that a case may take. A case that takes longer fails, and the cases after it are not run, because the backend may still be at
   * work. Infinity sets no limit. Default 120.
   */
  readonly caseSeconds?: number;
}

/**
 * The default of `caseSeconds`. The slowest case takes some seconds on a GPU in software.
 *
 * @example
 * CASE_SECONDS; // 120
 */
export const CASE_SECONDS = 120;

const KNOWN = [
  'families',
  'cases',
  'filter',
  'expected',
  'signal',
  'onProgress',
  'command',
  'versions',
  'caseSeconds',
] as const satisfies readonly (keyof ConformanceOptions)[];

/** Checks options and returns the cases that they choose, in order. @throws ParameterError naming the option. */
export function chooseCases(options: ConformanceOptions, more: readonly string[] = []): readonly Case[] {
  requireKnownKeys('options', options, [...KNOWN, ...more]);
  const { caseSeconds = CASE_SECONDS, signal, onProgress } = options;
  if (typeof caseSeconds !== 'number' || !(caseSeconds > 0)) {
    throw new ParameterError({ what: 'options.caseSeconds', got: show(caseSeconds), wanted: 'a number above 0' });
  }
  if (signal !== undefined && typeof (signal as Partial<RunSignal> | null)?.addEventListener !== 'function') {
    throw new ParameterError({ what: 'options.signal', got: show(signal), wanted: 'an AbortSignal' });
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new ParameterError({ what: 'options.onProgress', got: show(onProgress), wanted: 'a function' });
  }
  return filtered(options.cases === undefined ? allCases(options.families) : listed(options.cases, options.families), options);
}

function listed(cases: readonly (Case | string)[], families: readonly FamilyDefinition[] | undefined): readonly Case[] {
  requireList('options.cases', cases, "case, such as 'attention/alibi'");
  return cases.map((one, index) => {
    if (typeof one === 'string') return findCase(one, families);
    const { name, judge } = (one ?? {}) as Partial<Case>;
    if (typeof name === 'string' && typeof judge === 'function') return one;
    throw new ParameterError({ what: `options.cases[${index}]`, got: show(one), wanted: 'a case, or the name of one' });
  });
}

/** Choosing no case is an error: a run of nothing would look like a run without failures. */
function filtered(all: readonly Case[], { filter }: ConformanceOptions): readonly Case[] {
  if (filter === undefined) return all;
  if (typeof filter !== 'string' && typeof filter !== 'function') {
    throw new ParameterError({ what: 'options.filter', got: show(filter), wanted: 'a text or a function' });
  }
  const chosen = all.filter(({ name }) => (typeof filter === 'string' ? name.includes(filter) : filter(name)));
  if (chosen.length > 0) return chosen;
  throw new ParameterError({
    what: 'options.filter',
    got: `${show(filter)}, which none of ${all.length} cases fits`,
    wanted: `a part of a name, such as ${(all.find(({ name }) => name.startsWith('attention/')) ?? all[0]).name}`,
    ...(typeof filter === 'string' ? meant(filter, all) : {}),
  });
}
