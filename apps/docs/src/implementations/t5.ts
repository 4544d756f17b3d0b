// T5 buckets: where each implementation leaves the bucket of exact arithmetic.
import { table, text } from '../markdown.ts';
import type { Source, VectorRecord } from './records.ts';
import { largest, linkTo, readRecords } from './records.ts';

/** A bucket other than the reference's at an offset: [offset, bucket]. */
type Difference = readonly [number, number];
type Outcome = { readonly rle: readonly (number | string)[] } | { readonly raises: string } | string;

interface BucketsCase extends VectorRecord<Outcome, Readonly<Record<string, readonly Difference[] | Outcome>>> {
  /** Rows of [offset, reference, exact]. */
  readonly exactArithmetic?: { readonly disagreeingOffsets: readonly (readonly [number, number, number])[] };
}

interface BoundaryCase extends VectorRecord<
  { readonly upstreamFloat32: readonly number[]; readonly exactArithmetic: readonly number[] },
  Readonly<Record<string, readonly number[]>>
> {
  readonly input: { readonly distance: readonly number[] };
}

/** One distance under one setting, with the bucket of each implementation. */
interface Triple {
  readonly numBuckets: number;
  readonly maxDistance: number;
  readonly distance: number;
  readonly exact: number;
  readonly buckets: Readonly<Record<string, number>>;
}

const REFERENCE = 'Transformers';
/** Where the code is from; the vectors record a commit for the reference alone. */
const REPOSITORIES: Readonly<Record<string, string>> = {
  t5x: 'google-research/t5x',
  flaxformer: 'google/flaxformer',
  'mesh-tensorflow': 'tensorflow/mesh',
  flashT5: 'catie-aq/flashT5',
  'x-transformers': 'lucidrains/x-transformers',
  'hf-mpnet': 'huggingface/transformers',
};
const TITLES: Readonly<Record<string, string>> = {
  t5x: 'T5X',
  flaxformer: 'Flaxformer',
  'mesh-tensorflow': 'Mesh TensorFlow',
  'hf-mpnet': 'Transformers, MPNet',
  'plain-float64': 'float64 by the formula',
};

const buckets = readRecords<BucketsCase>('t5-buckets');
const boundary = readRecords<BoundaryCase>('t5-boundary');
const proper = buckets.filter(({ degenerate }) => degenerate !== true);
const triples: readonly Triple[] = boundary.flatMap(({ params, input, expected, otherImplementations = {} }) =>
  input.distance.map((distance, at) => ({
    numBuckets: Number(params['numBuckets']),
    maxDistance: Number(params['maxDistance']),
    distance,
    exact: expected.exactArithmetic[at],
    buckets: {
      [REFERENCE]: expected.upstreamFloat32[at],
      ...Object.fromEntries(Object.entries(otherImplementations).map(([name, all]) => [name, all[at]])),
    },
  })),
);
const names = [...new Set([REFERENCE, ...proper.flatMap(({ otherImplementations = {} }) => Object.keys(otherImplementations))])];

export function t5Section(): string {
  const compared = names.filter((name) => triples[0] && name in triples[0].buckets);
  const shown = compared.filter((name) => name !== 'plain-float64' && name !== 'mesh-tensorflow');
  const few = triples.filter((triple) => shown.some((name) => triple.buckets[name] !== triple.exact));
  const { from, to } = (buckets[0].input as { relativePosition: { from: number; to: number } }).relativePosition;
  return `## T5 buckets {#t5}

A bucket depends on a logarithm, and a logarithm is rounded. At distances where the formula lands on a whole number, rounding decides
between two buckets. relbias compares integers instead ([T5](../families/t5.md)); \`rounding: 'float32'\` returns the bucket of
${REFERENCE} for models trained with it.

Two comparisons with exact arithmetic: ${proper.length} settings of \`numBuckets\` and \`maxDistance\` at every offset from ${from} to ${to},
and the ${triples.length} distances at which a search of 18,856 settings, distances 0 to 4096, found at least one implementation off.

${table(
  [
    'implementation',
    `of ${proper.length} settings, off in`,
    `of ${triples.length} critical distances, off at`,
    'by at most',
    'code',
  ],
  names.map((name) => summary(name)),
)}

${usualSettings()}

A blank cell was not compared. The vectors record the commit of ${REFERENCE} only; the other links lead to the repositories.

### Settings at which they are off

Every critical distance at which ${listOf(shown)} leave the exact bucket. \`numBuckets\` is the causal count; a bidirectional
table has twice as many rows.

${tripleTable(few, compared)}

::: details All ${triples.length} critical distances, Mesh TensorFlow and float64 included

${tripleTable(triples, compared)}

:::

### Settings that the formula does not cover

With \`maxDistance\` no larger than half the buckets of one direction, or with fewer than two of them, the divisor is zero or negative.
What the implementations return then, over the same offsets:

::: details ${buckets.length - proper.length} settings

${degenerateTable()}

:::
`;
}

function summary(name: string): string[] {
  const here = proper.filter((one) => name === REFERENCE || one.otherImplementations?.[name] !== undefined);
  const off = here.filter((one) => leavesExact(one, name)).length;
  const critical = triples.filter((triple) => triple.buckets[name] !== undefined);
  const wrong = critical.filter((triple) => triple.buckets[name] !== triple.exact);
  const most = largest(wrong.map((triple) => Math.abs(triple.buckets[name] - triple.exact)));
  return [
    titleOf(name),
    here.length === proper.length ? String(off) : `${off} of ${here.length}`,
    critical.length === 0 ? '' : String(wrong.length),
    wrong.length === 0 ? '' : `${most} bucket${most === 1 ? '' : 's'}`,
    codeOf(name),
  ];
}

/** The default of the published code, in the words that the comparison allows. */
function usualSettings(): string {
  const usual = proper.filter(({ params }) => params['numBuckets'] === 32 && params['maxDistance'] === 128);
  const off = names.filter((name) => usual.some((one) => leavesExact(one, name)));
  const who = off.length === 0 ? 'none of them is off' : `${off.map(titleOf).join(', ')} is off`;
  return `At 32 buckets and \`maxDistance\` 128 (${usual.length} of these settings, one for each direction) ${who}.`;
}

/** Whether an implementation returns another bucket than exact arithmetic at any offset of the case. */
function leavesExact({ exactArithmetic, otherImplementations = {} }: BucketsCase, name: string): boolean {
  if (exactArithmetic === undefined) throw new Error('A case of t5-buckets that is not degenerate has no exactArithmetic');
  const disagreeing = exactArithmetic.disagreeingOffsets;
  if (name === REFERENCE) return disagreeing.length > 0;
  if (otherImplementations[name] === undefined) return false;
  const theirs = new Map(otherImplementations[name] as readonly Difference[]);
  const exact = new Map(disagreeing.map(([offset, , bucket]) => [offset, bucket]));
  // Where the reference is exact, every difference from it is a departure; where it is not, only the exact bucket is none.
  return (
    [...theirs].some(([offset, bucket]) => bucket !== exact.get(offset)) ||
    [...exact.keys()].some((offset) => !theirs.has(offset))
  );
}

function tripleTable(rows: readonly Triple[], compared: readonly string[]): string {
  return table(
    ['numBuckets', 'maxDistance', 'distance', 'exact', ...compared.map(titleOf)],
    rows.map(({ numBuckets, maxDistance, distance, exact, buckets: all }) => [
      ...[numBuckets, maxDistance, distance, exact].map(String),
      ...compared.map((name) => (all[name] === exact ? String(exact) : `**${all[name]}**`)),
    ]),
  );
}

function degenerateTable(): string {
  const others = ['t5x', 'mesh-tensorflow'];
  return table(
    ['numBuckets', 'maxDistance', 'direction', REFERENCE, ...others.map(titleOf)],
    buckets
      .filter(({ degenerate }) => degenerate === true)
      .map(({ params, expected, otherImplementations = {} }) => [
        String(params['numBuckets']),
        String(params['maxDistance']),
        params['bidirectional'] === true ? 'bidirectional' : 'causal',
        outcome(expected),
        ...others.map((name) => (name in otherImplementations ? outcome(otherImplementations[name] as Outcome) : '')),
      ]),
  );
}

/** The range of the buckets, or the error. */
function outcome(result: Outcome): string {
  if (typeof result === 'string') return text(result);
  if ('raises' in result) return text(result.raises);
  const values = result.rle.filter((_, at) => at % 2 === 0).map(Number);
  return `${Math.min(...values)} to ${Math.max(...values)}`;
}

function titleOf(name: string): string {
  return TITLES[name] ?? name;
}

function codeOf(name: string): string {
  const source: Source = proper[0].source;
  if (name === REFERENCE) return linkTo(source);
  const repository = REPOSITORIES[name];
  return repository === undefined ? '' : `[${text(repository)}](https://github.com/${repository})`;
}

function listOf(all: readonly string[]): string {
  const titles = all.map(titleOf);
  return `${titles.slice(0, -1).join(', ')} or ${titles.at(-1)}`;
}
