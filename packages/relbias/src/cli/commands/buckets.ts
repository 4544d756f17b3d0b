// relbias buckets: which distances share a bucket, for T5 and DeBERTa-v2.
import type { FamilyDefinition, T5BucketOptions } from '@relbias/bias-spec';
import { debertaFamily, debertaRow, firstDistances, t5Bucket, t5Family, withBookPair } from '@relbias/bias-spec';
import { choice, describeOptions, integer, parseArguments } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import type { Command } from '../command.ts';
import { optionsOf, settingsFrom, spokenNames } from '../family-options.ts';
import { OUTPUT_OPTIONS, render } from '../output-options.ts';
import type { Cell } from '../table.ts';
import { UsageError } from '../usage-error.ts';

/** A family of buckets without its table and the order of the table's axes. */
function withoutTable(family: FamilyDefinition): FamilyDefinition {
  return { ...family, options: family.options.filter(({ name }) => name !== 'table' && name !== 'layout') };
}

const FAMILIES = { t5: withoutTable(t5Family), deberta: withoutTable(debertaFamily) };

const BUCKET_OPTIONS = optionsOf(Object.values(FAMILIES));

const FAMILY = choice(['t5', 'deberta'], 't5, deberta (t5)');

const RANGE = {
  from: integer('first distance (-256)', -(2 ** 24)),
  to: integer('last distance (256)', -(2 ** 24)),
  ...OUTPUT_OPTIONS,
} as const;

/** The options of buckets stand among them, under names that types do not know. */
const OPTIONS: { readonly family: typeof FAMILY } & typeof RANGE = { family: FAMILY, ...BUCKET_OPTIONS, ...RANGE };

/** More than this is no longer something to print. */
const MAX_DISTANCES = 2 ** 20;

const USAGE = `relbias buckets [options]

Which distances = query - key share a bucket: one line per run of distances with the same bucket. --json and --csv list every distance.

`;

export const buckets: Command = {
  summary: 'which distances share a bucket, for T5 and DeBERTa-v2',
  help: () => USAGE + describeOptions(OPTIONS),
  async run(args, { stdout, stderr }) {
    const { values } = parseArguments(args, OPTIONS);
    const { from = -256, to = 256, family = 't5' } = values;
    if (from > to) throw new UsageError('--from', `${from} above --to ${to}`, 'at most --to');
    if (to - from >= MAX_DISTANCES) throw new UsageError('--to', `${to - from + 1} distances`, `at most ${MAX_DISTANCES}`);
    const { bucket, dead } = bucketFunction(family, values);
    const distances = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const found = distances.map(bucket);
    const list = values.json || values.csv;
    const text = render(values, {
      json: { family, from, to, buckets: found, unreachable: dead },
      header: list ? ['distance', 'bucket'] : ['bucket', 'from', 'to', 'distances'],
      rows: list ? distances.map((distance, index) => [distance, found[index]]) : runs(from, found),
    });
    stdout.write(`${text}\n`);
    if (dead !== undefined && dead.length > 0) stderr.write(`note: no distance reads bucket ${dead.join(', ')}\n`);
    return 0;
  },
};

/** The function from distance to bucket, and T5's buckets that no distance ever reads. */
function bucketFunction(
  family: 't5' | 'deberta',
  values: Values<typeof OPTIONS>,
): { bucket: (distance: number) => number; dead?: number[] } {
  const given = Object.entries(values).filter(([option]) => Object.hasOwn(BUCKET_OPTIONS, option));
  const settings = settingsFrom(`--family ${family}`, spokenNames(FAMILIES[family]), given);
  if (family === 'deberta') return { bucket: debertaRow(settings) };
  const options: T5BucketOptions = withBookPair(settings);
  const dead = firstDistances(options).flatMap((first, bucket) => (first === null ? [bucket] : []));
  return { bucket: t5Bucket(options), dead };
}

/** Neighbouring distances with the same bucket, as [bucket, first, last, how many]. */
function runs(from: number, found: readonly number[]): Cell[][] {
  const rows: Cell[][] = [];
  for (let start = 0; start < found.length;) {
    let end = start;
    while (end + 1 < found.length && found[end + 1] === found[start]) end++;
    rows.push([found[start], from + start, from + end, end - start + 1]);
    start = end + 1;
  }
  return rows;
}
