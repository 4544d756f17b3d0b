// The golden vectors that judge a family, made with other people's code; every one is judged when the site is built.
import type { VectorResult } from '@relbias/conformance';
import { judgeVector } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { table, text } from './markdown.ts';

/** Families that the vectors call by another name. */
const NAMES: Readonly<Record<string, string>> = { 'dynamic-position-bias': 'dynamic-position' };

interface Judged {
  readonly family: string;
  readonly repository: string;
  readonly quantity: string;
  readonly result: VectorResult;
}

const judged: readonly Judged[] = (await readVectors()).flatMap(({ file, cases }) =>
  cases.map((vector) => ({
    family: NAMES[vector.family] ?? vector.family,
    repository: vector.repository,
    quantity: vector.family in NAMES ? `${vector.kind} (${vector.family})` : vector.kind,
    result: judgeVector(vector, file),
  })),
);
const failures = judged.filter(({ result }) => result.status !== 'pass' && result.status !== 'recorded');
if (failures.length > 0)
  throw new Error(`Golden vectors that the spec fails: ${failures.map(({ result }) => result.name).join(', ')}`);

/** A section of the family's page: the source, how many numbers were compared, and the worst case. */
export function vectorsOf(family: string): string {
  const mine = judged.filter((one) => one.family === family && one.result.status === 'pass');
  if (mine.length === 0)
    return `## Judged by

There are no vectors from a published implementation yet. The float64 oracle, which evaluates the formula above, judges the backends.
`;
  const groups = new Set(mine.map(({ repository, quantity }) => `${repository}\n${quantity}`));
  const rows = [...groups].map((group) => {
    const [repository, quantity] = group.split('\n');
    const results = mine.filter((one) => one.repository === repository && one.quantity === quantity).map(({ result }) => result);
    const numbers = results.reduce((sum, { compared }) => sum + compared, 0);
    return [source(repository), text(quantity), String(results.length), String(numbers), furthest(results)];
  });
  return `## Judged by

Published code was run, and relbias must give the same numbers ([accuracy](../accuracy.md)). The table was computed when this page was
built. Its last column shows the worst case, measured against the allowed error: their value, then ours.

${table(['source', 'quantity', 'cases', 'numbers', 'worst case: theirs, ours'], rows)}
`;
}

function source(repository: string): string {
  return /^[\w.-]+\/[\w.-]+$/.test(repository) ? `[${text(repository)}](https://github.com/${repository})` : text(repository);
}

/** The number nearest to its budget; among equals the largest. */
function furthest(results: readonly VectorResult[]): string {
  const size = ({ worst }: VectorResult): number => Math.abs(Number(worst?.want ?? 0));
  const [first] = results
    .filter(({ worst }) => worst !== null)
    .toSorted((one, other) => Number(one.margin) - Number(other.margin) || size(other) - size(one));
  return first?.worst ? `${first.worst.want}<br>${first.worst.got}` : '';
}
