// Where the queries and keys of a problem stand: as it says, as its family says, or by default, and refused where a default could be wrong.
import type { Bias } from './bias.ts';
import { ParameterError, show } from './errors.ts';
import type { ClosedMask } from './mask.ts';
import { UNBOUNDED } from './mask.ts';
import type { Positions } from './positions.ts';
import { contiguousPositions, explicitPositions } from './positions.ts';
import type { AttentionProblem } from './problem.ts';

/** @throws ParameterError, ShapeError naming the field. */
export function resolvePositions(
  problem: Pick<AttentionProblem, 'queryStart' | 'positions'>,
  bias: Bias,
  batch: number,
  queries: number,
  keys: number,
): Positions {
  if (problem.positions !== undefined) {
    if (problem.queryStart !== undefined) {
      throw new ParameterError({
        what: 'problem.queryStart',
        got: 'both queryStart and positions',
        wanted: 'one of them',
      });
    }
    return explicitPositions(batch, queries, keys, problem.positions);
  }
  if (bias.defaultPositions !== undefined) {
    if (problem.queryStart !== undefined) {
      throw new ParameterError({
        what: 'problem.queryStart',
        got: `${show(problem.queryStart)} with the bias ${bias.family}`,
        wanted: 'none: this family brings positions of its own, and a line of tokens is not what it lies over',
        hint: 'Pass explicit positions to place it yourself.',
      });
    }
    return explicitPositions(batch, queries, keys, bias.defaultPositions(queries, keys));
  }
  return contiguousPositions(batch, queries, keys, problem.queryStart);
}

/** Whether what a query sees depends on where it stands. */
export function readsPositions({ minDistance, maxDistance }: ClosedMask): boolean {
  return minDistance > -UNBOUNDED || maxDistance < UNBOUNDED;
}

/**
 * The default start, keys - queries, puts the last query on the last key. Where some keys are padding, that key is not there, and nobody
 * can tell whether the queries follow the last real key (decoding) or stand where they are (a chunk of a padded batch).
 *
 * @throws ParameterError.
 */
export function requirePlacedQueries({ keyLengths }: ClosedMask, queries: number, keys: number): void {
  if (queries === keys || keyLengths.every((length) => length === keys)) return;
  throw new ParameterError({
    what: 'problem.queryStart',
    got: `none for ${queries} queries and mask.keyLengths ${show(Array.from(keyLengths))} of ${keys} keys`,
    wanted: 'the position of query 0 in each batch row',
    hint:
      'Queries behind the last key of their row: queryStart: keyLengths.map((length) => length - queries). ' +
      'A chunk that begins at the same token in every row: its number.',
  });
}
