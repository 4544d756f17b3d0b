// What judges a family: the golden vectors made with other people's code, each judged when the site is built.
import type { VectorResult } from '@relbias/conformance';
import { judgeVector } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { table, text } from './markdown.ts';

/** A family has another name where its vectors come from. */
const NAMES: Readonly<Record<string, string>> = { 'dynamic-position-bias': 'dynamic-position' };

interface Judged {
  readonly family: string;
  readonly repository: string;
  readonly asked: string;
  readonly result: VectorResult;
}

const judged: readonly Judged[] = (await readVectors()).flatMap(({ file, cases }) =>
  cases.map((vector) => ({
    family: NAMES[vector.family] ?? vector.family,
    repository: vector.repository,
    asked: vector.family in NAMES ? `${vector.kind} (${vector.family})` : vector.kind,
    result: judgeVector(vector, file),
  })),
);
const failures = judged.filter(({ result }) => result.status !== 'pass' && result.status !== 'recorded');
if (failures.length > 0)
  throw new Error(`Golden vectors that the spec fails: ${failures.map(({ result }) => result.name).join(', ')}`);

/** A section of the family's page: whose code, how much was compared, and the number of theirs that ours is furthest from. */
export function vectorsOf(family: string): string {
  const mine = judged.filter((one) => one.family === family && one.result.status === 'pass');
  if (mine.length === 0)
    return `## Judged by

No published implementation of it has been run yet: the float64 oracle, which reads the formula above, judges the backends alone.
`;
  const groups = new Set(mine.map(({ repository, asked }) => `${repository}\n${asked}`));
  const rows = [...groups].map((group) => {
    const [repository, asked] = group.split('\n');
    const results = mine.filter((one) => one.repository === repository && one.asked === asked).map(({ result }) => result);
    const numbers = results.reduce((sum, { compared }) => sum + compared, 0);
    return [source(repository), text(asked), String(results.length), String(numbers), furthest(results)];
  });
  return `## Judged by

Published code was run, and the spec must give the same numbers ([accuracy](../accuracy.md)). This is what the build of this page found.
Of the number furthest from theirs, as a share of what is allowed, the last column has both values.

${table(['source', 'asked for', 'cases', 'numbers', 'theirs, ours'], rows)}
`;
}

function source(repository: string): string {
  return /^[\w.-]+\/[\w.-]+$/.test(repository) ? `[${text(repository)}](https://github.com/${repository})` : text(repository);
}

/** Nearest to its budget; among equals the largest, as zeros show nothing. */
function furthest(results: readonly VectorResult[]): string {
  const size = ({ worst }: VectorResult): number => Math.abs(Number(worst?.want ?? 0));
  const [first] = results
    .filter(({ worst }) => worst !== null)
    .toSorted((one, other) => Number(one.margin) - Number(other.margin) || size(other) - size(one));
  return first?.worst ? `${first.worst.want}<br>${first.worst.got}` : '';
}
