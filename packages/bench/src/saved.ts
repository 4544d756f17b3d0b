// Saved figures: one file per machine, to which runs add their races one by one.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from './machine.ts';
import type { Race } from './race.ts';

const FORMAT = 'relbias-bench/3';

export interface Saved {
  readonly format: typeof FORMAT;
  readonly machine: Machine;
  readonly races: readonly Race[];
}

/** The folder of the figures that docs/ shows: bench-NAME.json. */
export const REPORTS: string = path.join(import.meta.dirname, '../../../docs/reports');

const PREFIX = 'bench-';

export function reportFile(name: string): string {
  if (/^[\w-]+$/.test(name)) return path.join(REPORTS, `${PREFIX}${name}.json`);
  throw new TypeError(`--save: got "${name}", wanted a name of letters, digits, "-" and "_"`);
}

/** The NAME of such a file; undefined for other files. */
export function reportName(file: string): string | undefined {
  return file.startsWith(PREFIX) && file.endsWith('.json') ? file.slice(PREFIX.length, -'.json'.length) : undefined;
}

export function readSaved(file: string): Saved {
  const saved = JSON.parse(readFileSync(file, 'utf8')) as Omit<Saved, 'format'> & { readonly format: string };
  const { format } = saved;
  if (format === FORMAT) return { ...saved, format };
  throw new Error(`${file}: got the format ${format}, wanted ${FORMAT}. Delete the file, or save under another name.`);
}

export function newSaved(machine: Machine, races: readonly Race[]): Saved {
  return { format: FORMAT, machine, races };
}

/** The contents of a file, or no races if there is none yet. @throws Error if the file is from another machine. */
export function openSaved(file: string, machine: Machine): Saved {
  if (!existsSync(file)) return newSaved(machine, []);
  const saved = readSaved(file);
  const [there, here] = [saved.machine, machine].map((one) => JSON.stringify(one));
  if (there === here) return saved;
  throw new Error(
    `${file} was measured on another machine: got ${here}, wanted ${there}. Save under another name, or delete the file.`,
  );
}

/** Adds a race. It replaces races of the same case and length if it has all of their contenders. */
export function withRace(saved: Saved, race: Race): Saved {
  const here = new Set(race.measurements.map(({ contender }) => contender));
  const isReplaced = (old: Race): boolean =>
    old.case === race.case && old.tokens === race.tokens && old.measurements.every(({ contender }) => here.has(contender));
  return { ...saved, races: [...saved.races.filter((old) => !isReplaced(old)), race] };
}

export function writeSaved(file: string, saved: Saved): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(saved, null, 1)}\n`);
}
