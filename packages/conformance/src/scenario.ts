// Makes an attention problem from the factors of a case, positions and segments included. inputs.ts makes the tensors.
import type { AttentionProblem, Bias, ExplicitPositions, Mask } from '@relbias/bias-spec';
import type { Factors } from './grammar.ts';
import { CONTROL } from './grammar.ts';

/** The problem that factors describe, with a bias for its number of heads. */
export function problemOf(factors: Factors, bias: Bias, distances: readonly number[]): AttentionProblem {
  const { batch = CONTROL.batch, heads = CONTROL.heads, headDim = CONTROL.headDim } = factors;
  const { causal, left, right, segments, positions, queryStart, keyLengths } = factors;
  const { keyValueHeads, valueDim, softcap, convention, scale, biasScale } = factors;
  const atBoundary = positions === 'boundary' ? boundaryPositions(distances) : undefined;
  const queries = atBoundary?.query.length ?? factors.queries ?? CONTROL.queries;
  const keys = atBoundary?.key.length ?? factors.keys ?? CONTROL.keys;
  const mask: Mask = {
    causal,
    window: left === undefined && right === undefined ? undefined : { left, right },
    keyLengths,
    segments: segments === undefined ? undefined : segmentsOf(segments, batch, queries, keys),
  };
  return {
    batch,
    heads,
    keyValueHeads,
    queries,
    keys,
    headDim,
    valueDim,
    bias,
    convention,
    scale,
    biasScale,
    mask,
    softcap,
    // A number where batch rows share it, to try both forms of the argument.
    queryStart: queryStart?.length === 1 ? queryStart[0] : queryStart,
    positions: positions === undefined ? undefined : (atBoundary ?? positionsOf(positions, batch, queries, keys)),
  };
}

/**
 * Positions with each of the family's distances and both its neighbours, on both signs: query 0 against every key. The other queries are at
 * the distances themselves, for families that depend on the query position (FIRE).
 */
function boundaryPositions(distances: readonly number[]): { query: number[]; key: number[] } {
  const near = distances.flatMap((distance) => [distance - 1, distance, distance + 1]);
  const sizes = [...new Set([0, ...near.map(Math.abs)])].toSorted((a, b) => a - b);
  return { query: sizes, key: [...new Set([...sizes.map((one) => -one), ...sizes])] };
}

function positionsOf(pattern: string, batch: number, queries: number, keys: number): ExplicitPositions {
  const query = (at: (i: number, b: number) => number): number[] =>
    Array.from({ length: queries * batch }, (_, index) => at(index % queries, Math.floor(index / queries)));
  const key = (at: (j: number, b: number) => number): number[] =>
    Array.from({ length: keys * batch }, (_, index) => at(index % keys, Math.floor(index / keys)));
  const offset = keys - queries;
  switch (pattern) {
    case 'gaps':
      return { query: query((i) => 3 * (i + offset) + (i % 2)), key: key((j) => 3 * j + ((j * j) % 3)) };
    case 'reversed':
      return { query: query((i) => queries - 1 - i), key: key((j) => keys - 1 - j) };
    case 'duplicates':
      return { query: query((i) => Math.floor(i / 3)), key: key((j) => Math.floor(j / 2)) };
    case 'rows':
      return { query: query((i, b) => (b + 1) * (i + offset) + 8 * b), key: key((j, b) => (b + 1) * j + 7 * b) };
    case 'far':
      return { query: query((i) => 8_000_000 + i + offset), key: key((j) => 8_000_000 + j) };
    default:
      throw new RangeError(`no positions are called ${pattern}`);
  }
}

function segmentsOf(pattern: 'packed' | 'padding', batch: number, queries: number, keys: number): Mask['segments'] {
  if (pattern === 'packed') {
    return {
      query: Array.from({ length: queries }, (_, i) => Math.floor((3 * i) / queries)),
      key: Array.from({ length: keys }, (_, j) => Math.floor((3 * j) / keys)),
    };
  }
  // Padding on the left of row 1 and in gaps of both rows; the last query of each row is padding and sees only padding.
  return {
    query: Array.from({ length: batch * queries }, (_, index) => (index % queries === queries - 1 ? 9 : 0)),
    key: Array.from({ length: batch * keys }, (_, index) => {
      const b = Math.floor(index / keys);
      const j = index % keys;
      return j < 2 * b || (7 * j + 3 * b) % 5 === 0 ? 9 : 0;
    }),
  };
}
