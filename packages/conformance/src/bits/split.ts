// A problem computed whole and in parts: the result of a query must not depend on the other queries, hidden keys and batch rows.
//
//     bits/split/<cut>/<family>[.<family case>][:<factor>;...]      bits/split/batch/alibi:batch=2;queries=3;keys=70
import type { AttentionPlan, AttentionProblem, FamilyCase, FamilyDefinition, Tensor } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { fitted, nameOf } from '../attention-case.ts';
import type { Case } from '../case.ts';
import type { Factors } from '../grammar.ts';
import { fail } from '../result.ts';
import type { Bits } from './compare.ts';
import { compareBits } from './compare.ts';
import { bitsCase, scenarioOf } from './family-case.ts';
import type { BitsScenario } from './judge.ts';
import { gotBits, wantedBits } from './judge.ts';

/** The ways to split a problem. `far-row` moves the last query far away before it splits it off. */
export const CUTS = ['queries', 'batch', 'shorter', 'far-row'] as const;
export type Cut = (typeof CUTS)[number];

/** [first, end). */
type Range = readonly [first: number, end: number];

/** Batch rows, queries, and the number of keys from the first. */
interface Part {
  readonly rows: Range;
  readonly queries: Range;
  readonly keys: number;
}

/** A position past every threshold and bucket of a family, and in another tile of distances. */
const FAR = 5000;

/** The case of one split: each part must have the bits of the whole, and the whole those of the reference. */
export function splitBits(definition: FamilyDefinition, familyCase: FamilyCase, cut: Cut, given: Factors): Case {
  const factors = fitted(familyCase, cut === 'shorter' ? { ...given, causal: true } : given);
  const name = `bits/split/${cut}/${nameOf(definition, familyCase, factors)}`;
  return bitsCase(name, factors, async (backend, context) => {
    const drawn = scenarioOf(definition, familyCase, factors, name);
    const scenario = cut === 'far-row' ? { ...drawn, problem: withFarRow(drawn.problem) } : drawn;
    const plan = planAttention(scenario.problem);
    const whole = await gotBits(backend, scenario, context);
    if (typeof whole === 'string') return fail(whole);
    for (const part of partsOf(cut, plan)) {
      const alone = partOf(scenario, plan, part);
      const got = await gotBits(backend, alone, context);
      if (typeof got === 'string') return fail(got);
      const verdict = compareBits(planAttention(alone.problem), got, bitsOfPart(plan, whole, part));
      if (verdict.status !== 'pass')
        return { ...verdict, reason: `${verdict.reason} Got from ${named(part)} alone, want from the whole problem.` };
    }
    return compareBits(plan, whole, wantedBits(plan, scenario));
  });
}

function partsOf(cut: Cut, { batch, queries, keys, positions }: AttentionPlan): Part[] {
  const third = Math.ceil(queries / 3);
  switch (cut) {
    case 'queries':
      return [
        { rows: [0, batch], queries: [0, third], keys },
        { rows: [0, batch], queries: [third, queries], keys },
      ];
    case 'batch':
      return Array.from({ length: batch }, (_, b) => ({ rows: [b, b + 1], queries: [0, queries], keys }));
    case 'shorter': {
      // Causal: no query sees the keys after the last remaining query.
      const last = Math.max(1, queries - third);
      const latest = Math.max(...positions.query.filter((_, index) => index % queries < last));
      const seen = Array.from(positions.key, (position, index) => (position <= latest ? (index % keys) + 1 : 1));
      return [{ rows: [0, batch], queries: [0, last], keys: Math.max(...seen) }];
    }
    case 'far-row':
      return [{ rows: [0, batch], queries: [0, queries - 1], keys }];
    default:
      return cut satisfies never;
  }
}

function named({ rows, queries, keys }: Part): string {
  return `batch rows ${rows[0]} to ${rows[1] - 1}, queries ${queries[0]} to ${queries[1] - 1}, ${keys} keys`;
}

function withFarRow(problem: AttentionProblem): AttentionProblem {
  const { queries, positions } = planAttention(problem);
  const query = positions.query.map((position, index) => (index % queries === queries - 1 ? FAR : position));
  return { ...problem, queryStart: undefined, positions: { query, key: positions.key } };
}

/** A part of a scenario as a problem, with all positions unchanged. */
function partOf(scenario: BitsScenario, plan: AttentionPlan, { rows, queries, keys }: Part): BitsScenario {
  const { problem } = scenario;
  const { positions, mask } = plan;
  const ofQueries = (list: Int32Array): Int32Array => cutOut(list, [1, plan.queries, 1], rows, queries);
  const ofKeys = (list: Int32Array): Int32Array => cutOut(list, [1, plan.keys, 1], rows, [0, keys]);
  const { querySegments, keySegments } = mask;
  const query = ofQueries(positions.query);
  const count = queries[1] - queries[0];
  return {
    problem: {
      ...problem,
      batch: rows[1] - rows[0],
      queries: count,
      keys,
      mask: {
        ...problem.mask,
        keyLengths: problem.mask?.keyLengths && mask.keyLengths.slice(...rows).map((length) => Math.min(length, keys)),
        segments: querySegments && keySegments ? { query: ofQueries(querySegments), key: ofKeys(keySegments) } : undefined,
      },
      ...(positions.queryStart === null
        ? { queryStart: undefined, positions: { query, key: ofKeys(positions.key) } }
        : { queryStart: query.filter((_, index) => index % count === 0), positions: undefined }),
    },
    query: partOfTensor(scenario.query as Tensor, rows, queries),
    key: partOfTensor(scenario.key as Tensor, rows, [0, keys]),
    value: partOfTensor(scenario.value as Tensor, rows, [0, keys]),
  };
}

function partOfTensor(tensor: Tensor, rows: Range, tokens: Range): Tensor {
  const [, heads, count, dim] = tensor.shape;
  const data = cutOut(tensor.data as Float32Array, [heads, count, dim], rows, tokens);
  return { ...tensor, data, shape: [rows[1] - rows[0], heads, tokens[1] - tokens[0], dim] };
}

function bitsOfPart({ heads, queries, valueDim }: AttentionPlan, { output, logSumExp }: Bits, part: Part): Bits {
  return {
    output: cutOut(output, [heads, queries, valueDim], part.rows, part.queries),
    logSumExp: cutOut(logSumExp, [heads, queries, 1], part.rows, part.queries),
  };
}

/** Some batch rows and tokens of a list [batch, heads, tokens, dim]. */
function cutOut<A extends Float32Array | Int32Array>(
  list: A,
  [heads, tokens, dim]: readonly [number, number, number],
  rows: Range,
  [first, end]: Range,
): A {
  return list.filter((_, index) => {
    const b = Math.floor(index / (heads * tokens * dim));
    const token = Math.floor(index / dim) % tokens;
    return b >= rows[0] && b < rows[1] && token >= first && token < end;
  }) as A;
}
