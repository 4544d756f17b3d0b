// Numbers on a family's page that people look up, computed when the site is built.
import { alibiSlopes, builtinFamilies, firstDistances } from '@relbias/bias-spec';
import { table } from './markdown.ts';

const FIGURES: Readonly<Record<string, () => string>> = { alibi: slopes, t5: buckets };

const unknown = Object.keys(FIGURES).filter((name) => builtinFamilies.every((family) => family.name !== name));
if (unknown.length > 0) throw new Error(`family-figures.ts: no family is called ${unknown.join(' or ')}`);

/** The figures of a family as Markdown sections; empty for most. */
export function figuresOf(family: string): string {
  return FIGURES[family]?.() ?? '';
}

function slopes(): string {
  const columns = [8, 12].map((heads) => ({ heads, values: alibiSlopes(heads) }));
  const most = Math.max(...columns.map(({ heads }) => heads));
  const rows = Array.from({ length: most }, (_, head) => [
    String(head),
    ...columns.map(({ values }) => (head < values.length ? String(values[head]) : '')),
  ]);
  return `## Slopes

${table(['head', ...columns.map(({ heads }) => `of ${heads} heads`)], rows)}
`;
}

function buckets(): string {
  const options = { numBuckets: 32, maxDistance: 128 };
  const [both, past] = [true, false].map((bidirectional) => firstDistances({ ...options, bidirectional }));
  const show = (distance: number | null): string => (distance === null ? 'none' : String(distance));
  return `## Where each bucket begins

The distance nearest to 0 in each bucket, for numBuckets ${options.numBuckets} and maxDistance ${options.maxDistance}. \`none\` marks a
bucket that no distance reads. Distances to future keys are negative.

${table(
  ['bucket', 'bidirectional', 'causal'],
  both.map((distance, bucket) => [String(bucket), show(distance), show(past[bucket])]),
)}
`;
}
