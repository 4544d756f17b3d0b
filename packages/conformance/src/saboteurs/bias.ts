// Saboteurs of the bias: wrong tables, wrong distances, a wrong order of operations.
import type { AttentionPlan, Term } from '@relbias/bias-spec';
import { bfloat16ToNumber, numberToBfloat16 } from '@relbias/bias-spec';
import { sumOf } from '@relbias/bias-spec/backend';
import { naiveBackend } from '../naive-backend.ts';
import type { Saboteur } from './saboteur.ts';

/** A plan whose table holds `wrong(head, distance)`; other terms are unchanged. */
function withTable(
  plan: AttentionPlan,
  wrong: (right: (h: number, distance: number) => number, h: number, distance: number) => number,
): AttentionPlan {
  const terms = plan.lowered.map<Term>({
    'per-distance'(term) {
      const { minDistance, maxDistance, values } = term;
      const span = maxDistance - minDistance + 1;
      // A wrong distance beyond the table reads its last entry.
      const right = (h: number, distance: number): number =>
        values[h * span + Math.min(Math.max(distance, minDistance), maxDistance) - minDistance];
      return { ...term, values: values.map((_, index) => wrong(right, Math.floor(index / span), minDistance + (index % span))) };
    },
    'row-scaled': (term) => term,
  });
  return { ...plan, lowered: sumOf(terms) };
}

/** A plan with the row scales that `wrong` returns. */
export function withRowScales(plan: AttentionPlan, wrong: (row: number, all: Float32Array) => number): AttentionPlan {
  const terms = plan.lowered.map<Term>({
    'per-distance': (term) => term,
    'row-scaled': (term) => ({ ...term, rowScales: term.rowScales.map((_, row, all) => wrong(row, all)) }),
  });
  return { ...plan, lowered: sumOf(terms) };
}

export const biasSaboteurs: readonly Saboteur[] = [
  {
    name: 'naive-slopes',
    what: '2^(-8k/H) for every number of heads, also where H is not a power of two',
    backend: () =>
      naiveBackend({
        plan: (plan) =>
          plan.bias.family === 'alibi'
            ? withTable(plan, (_right, h, distance) => -Math.abs(distance) * 2 ** ((-8 * (h + 1)) / plan.heads))
            : plan,
      }),
    caughtBy: 'attention/alibi:heads=12',
    passes: 'attention/alibi:heads=8',
  },
  {
    name: 'bucket-off-by-one-at-16',
    what: 'a logarithm rounds the wrong way, so distance 16 falls into the bucket of 15',
    backend: () =>
      naiveBackend({
        plan: (plan) =>
          withTable(plan, (right, h, distance) => right(h, Math.abs(distance) === 16 ? 15 * Math.sign(distance) : distance)),
      }),
    caughtBy: 'attention/t5:positions=boundary',
    passes: 'attention/t5',
  },
  {
    name: 't5-sign-flip',
    what: 'distance is key - query instead of query - key: past and future are swapped',
    backend: () => naiveBackend({ plan: (plan) => withTable(plan, (right, h, distance) => right(h, -distance)) }),
    caughtBy: 'attention/t5',
    passes: 'attention/alibi',
  },
  {
    name: 'bias-outside-the-scale',
    what: 'the bias is added after the scale although the convention puts it before',
    backend: () => naiveBackend({ plan: (plan) => ({ ...plan, biasScale: 1 }) }),
    caughtBy: 'attention/alibi:convention=before-scaling',
    passes: 'attention/alibi:convention=after-scaling',
  },
  {
    name: 'bias-for-key-value-heads',
    what: 'grouped-query attention reads the bias of the key/value head',
    backend: () =>
      naiveBackend({ steps: { biasHead: ({ heads, keyValueHeads }, h) => Math.floor(h / (heads / keyValueHeads)) } }),
    caughtBy: 'attention/alibi:heads=8;keyValueHeads=2',
    passes: 'attention/none:heads=8;keyValueHeads=2',
  },
  {
    name: 'table-in-bfloat16',
    what: 'the bias table is kept in bfloat16',
    backend: () =>
      naiveBackend({
        plan: (plan) => withTable(plan, (right, h, distance) => bfloat16ToNumber(numberToBfloat16(right(h, distance)))),
      }),
    caughtBy: 'attention/alibi:heads=12',
    passes: 'attention/alibi:heads=8',
  },
  {
    name: 'row-scale-of-row-0',
    what: 'every row uses the scale of the first one (FIRE past its threshold)',
    backend: () =>
      naiveBackend({
        plan: (plan) => withRowScales(plan, (_row, all) => all[0]),
      }),
    caughtBy: 'attention/fire.past-threshold',
    passes: 'attention/fire',
  },
  {
    name: 'ignores-query-start',
    what: 'the last query is always at the position of the last key',
    backend: () => naiveBackend({ problem: (problem) => ({ ...problem, queryStart: undefined }) }),
    caughtBy: 'attention/none:queries=5;queryStart=0;causal',
    passes: 'attention/none:queries=1;keys=257;causal',
  },
  {
    name: 'one-query-start-for-all',
    what: 'every batch row starts at the position of the first one',
    backend: () =>
      naiveBackend({
        problem: (problem) => {
          const { queryStart } = problem;
          return typeof queryStart === 'object' ? { ...problem, queryStart: Number(queryStart[0]) } : problem;
        },
      }),
    caughtBy: 'attention/none:batch=2;queryStart=3,-2;causal',
    passes: 'attention/none:queryStart=100',
  },
  {
    name: 'ignores-positions',
    what: 'explicit positions are treated as contiguous',
    backend: () => naiveBackend({ problem: (problem) => ({ ...problem, positions: undefined }) }),
    caughtBy: 'attention/alibi:positions=gaps',
    passes: 'attention/alibi:positions=far',
  },
];
