// Cases of the kinds `bias-row` and `bias-scalar`: worked examples with one head, at one query or one pair, in float64.
import type { Kind } from './answer.ts';
import { entries, ingredientsOf } from './bias-case.ts';
import { biasOf } from './bias-of.ts';
import { contiguous } from './placement.ts';

/** Query i against keys 0 .. i. */
export const biasRow: Kind = {
  ask(vector) {
    const given = ingredientsOf(vector);
    const i = vector.input.number('i');
    const answer = entries('bias', biasOf(vector.family, given), given.heads, contiguous(1, i + 1, i));
    return [{ ...answer, shape: given.heads === 1 ? [i + 1] : [given.heads, i + 1] }];
  },
};

/** Query i against key j. */
export const biasScalar: Kind = {
  ask(vector) {
    const given = ingredientsOf(vector);
    const [i, j] = [vector.input.number('i'), vector.input.number('j')];
    const placement = { batch: 1, queries: 1, keys: 1, positions: { query: [i], key: [j] } };
    const answer = entries('bias', biasOf(vector.family, given), given.heads, placement);
    return [{ ...answer, shape: given.heads === 1 ? [] : [given.heads] }];
  },
};
