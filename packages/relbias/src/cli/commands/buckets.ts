// relbias buckets: which distances share a bucket, for T5 and DeBERTa-v2.
import type { FamilyDefinition, T5BucketOptions } from '@relbias/bias-spec';
import { debertaFamily, debertaRow, firstDistances, t5Bucket, t5Family, withBookPair } from '@relbias/bias-spec';
import { choice, describeOptions, integer, parseArguments } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import type { Command } from '../command.ts';
import { commandLineNames, optionsOf, settingsFrom } from '../family-options.ts';
import { OUTPUT_OPTIONS, render } from '../output-options.ts';
import type { Cell } from '../table.ts';
import { UsageError } from '../usage-error.ts';

/** A bucketed family without the options of its table. */
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

/** The options of the families are among them, under names that the type does not list. */
const OPTIONS: { readonly family: typeof FAMILY } & typeof RANGE = { family: FAMILY, ...BUCKET_OPTIONS, ...RANGE };

/** The most distances in print. */
const MAX_DISTANCES = 2 ** 20;

const USAGE = `relbias buckets [options]

Which distances = query - key share a bucket: one line per run of distances with the same bucket. --json and --csv list every distance.

`;

export const buckets: Command = {
  summary: 'which distances share a bucket, for T5 and DeBERTa-v2',
  help: async () => USAGE + describeOptions(OPTIONS),
  async run(args, { stdout, stderr }) {
    const { values } = parseArguments(args, OPTIONS);
    const { from = -256, to = 256, family = 't5' } = values;
    if (from > to) throw new UsageError('--from', `${from} above --to ${to}`, 'at most --to');
    if (to - from >= MAX_DISTANCES) throw new UsageError('--to', `${to - from + 1} distances`, `at most ${MAX_DISTANCES}`);
    const { bucket, unread } = bucketFunction(family, values);
    const distances = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const found = distances.map(bucket);
    const list = values.json || values.csv;
    const text = render(values, {
      json: { family, from, to, buckets: found, unreachable: unread },
      header: list ? ['distance', 'bucket'] : ['bucket', 'from', 'to', 'distances'],
      rows: list ? distances.map((distance, index) => [distance, found[index]]) : runs(from, found),
    });
    stdout.write(`${text}\n`);
    if (unread !== undefined && unread.length > 0) stderr.write(`note: no distance has bucket ${unread.join(', ')}\n`);
    return 0;
  },
};

/** The function from distance to bucket, and for T5 the buckets that no distance has. */
function bucketFunction(
  family: 't5' | 'deberta',
  values: Values<typeof OPTIONS>,
): { bucket: (distance: number) => number; unread?: number[] } {
  const given = Object.entries(values).filter(([option]) => Object.hasOwn(BUCKET_OPTIONS, option));
  const settings = settingsFrom(`--family ${family}`, commandLineNames(FAMILIES[family]), given);
  if (family === 'deberta') return { bucket: debertaRow(settings) };
  const options: T5BucketOptions = withBookPair(settings);
  const unread = firstDistances(options).flatMap((first, bucket) => (first === null ? [bucket] : []));
  return { bucket: t5Bucket(options), unread };
}

/** Runs of distances with the same bucket, as [bucket, first, last, count]. */
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
