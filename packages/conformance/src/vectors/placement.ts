// The positions of queries and keys of a case: explicit, an offset, padded lengths, or the last row of a cache.
import type { AttentionProblem } from '@relbias/bias-spec';
import { decodeNumbers } from './decode.ts';
import type { Bag, VectorCase } from './format.ts';

/** The part of an attention problem with token counts and positions. */
export type Placement = Pick<AttentionProblem, 'batch' | 'queries' | 'keys' | 'queryStart' | 'positions'> & {
  readonly batch: number;
};

/** Queries [0, count) from `queryStart` on, keys from 0. */
export function contiguous(queries: number, keys: number, queryStart: number): Placement {
  return { batch: 1, queries, keys, queryStart };
}

/** The placement that `params` and `input` describe. */
export function placementOf({ params, input }: VectorCase): Placement {
  const queries = params.number('queryLength');
  const keys = params.number('keyLength');
  if (input.has('queryPositions')) {
    const query = decodeNumbers(input.values['queryPositions']);
    const key = decodeNumbers(input.values['keyPositions'] ?? input.values['queryPositions']);
    if (query === null || key === null) return input.refuse('queryPositions', 'lists of positions');
    const batch = Math.max(query.data.length / queries, key.data.length / keys);
    return { batch, queries, keys, positions: { query: query.data, key: key.data } };
  }
  if (params.has('queryOffset')) return contiguous(queries, keys, params.number('queryOffset'));
  if (input.has('keyPadding')) {
    return contiguous(queries, keys, validCount(input, 'keyPadding') - validCount(input, 'queryPadding'));
  }
  if (queries !== keys) params.refuse('queryOffset', 'the position of query 0, since there are not as many queries as keys');
  return contiguous(queries, keys, 0);
}

function validCount(input: Bag, name: string): number {
  return input.numbers(name).reduce((sum, one) => sum + one, 0);
}
