// The golden vectors as the page of other implementations reads them: what each case records of the code that was run.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from '../markdown.ts';

/** Code that was run, as a case records it. */
export interface Source {
  readonly repo: string;
  readonly path: string;
  readonly symbol: string;
  readonly commit: string | null;
  readonly alsoRun?: readonly Source[];
  readonly alsoEqualTo?: string;
}

/** One case; the fields beyond these are read by the sections that know them. */
export interface VectorRecord<Expected = unknown, Other = unknown> {
  readonly id: string;
  readonly source: Source;
  readonly family: string;
  readonly kind: string;
  readonly params: Readonly<Record<string, number | string | boolean>>;
  readonly input: unknown;
  readonly expected: Expected;
  readonly otherImplementations?: Other;
  readonly otherSources?: readonly Source[];
  readonly note?: string;
  readonly degenerate?: boolean;
}

/** The cases of one file, such as `t5-boundary`. VitePress runs this in the package's folder. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller states the type of the JSON that it reads
export function readRecords<Case extends VectorRecord>(name: string): readonly Case[] {
  const file = path.resolve('../../packages/conformance/vectors', `${name}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases;
}

/** The symbol of the code, as a link to its file at the recorded commit. */
export function linkTo({ repo, path: file, symbol, commit }: Source): string {
  const repository = /^[\w.-]+\/[\w.-]+/.exec(repo)?.[0];
  if (repository === undefined || commit === null) throw new Error(`${repo} ${symbol}: no repository and commit to link to`);
  return `${text(repository)}<br>[\`${symbol}\`](https://github.com/${repository}/blob/${commit}/${file})`;
}

/** Cases by a key, in the order of their first case. */
export function groupBy<Case>(cases: readonly Case[], keyOf: (one: Case) => string): ReadonlyMap<string, readonly Case[]> {
  const groups = new Map<string, Case[]>();
  for (const one of cases) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

/** A small number as the page prints it. */
export function figure(number: number): string {
  return number === 0 ? '0' : number.toExponential(1);
}

/** A largest value, or 0 of nothing. */
export function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, one) => Math.max(most, one), 0);
}
