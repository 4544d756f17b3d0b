// The cases of a family under the reproducible profile: named and made like those of the fast one, compared by bits.
//
//     bits/<family>[.<family case>][:<factor>;...]              bits/alibi:queries=65;keys=257;causal;dtype=bfloat16
//     bits/decode/<family>[.<family case>][:<factor>;...]       the last row of a full pass, alone: the same bits
import type { AttentionPlan, Backend, FamilyCase, FamilyDefinition, Tensor } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { fitted, makeScenario, nameOf } from '../attention-case.ts';
import type { Case, JudgeContext } from '../case.ts';
import type { Factors } from '../grammar.ts';
import { missingHere } from '../inputs.ts';
import type { Verdict } from '../result.ts';
import { fail, notRun } from '../result.ts';
import type { Bits } from './compare.ts';
import { compareBits } from './compare.ts';
import type { BitsScenario } from './judge.ts';
import { gotBits, judgeBits, wantedBits } from './judge.ts';

/** One family case at one shape. */
export function familyBits(definition: FamilyDefinition, familyCase: FamilyCase, given: Factors): Case {
  const factors = fitted(familyCase, given);
  const name = `bits/${nameOf(definition, familyCase, factors)}`;
  return bitsCase(name, factors, (backend, context) =>
    judgeBits(backend, scenarioOf(definition, familyCase, factors, name), context),
  );
}

/**
 * The last query of a problem, alone, as in decoding with a cache. It must have the bits of the whole problem, and, because both could be wrong
 * in the same way, those of the reference.
 */
export function decodeBits(definition: FamilyDefinition, familyCase: FamilyCase, given: Factors): Case {
  const factors = fitted(familyCase, given);
  const name = `bits/decode/${nameOf(definition, familyCase, factors)}`;
  return bitsCase(name, factors, async (backend, context) => {
    const whole = scenarioOf(definition, familyCase, factors, name);
    const last = lastQuery(whole);
    const [full, alone] = [await gotBits(backend, whole, context), await gotBits(backend, last, context)];
    if (typeof full === 'string') return fail(full);
    if (typeof alone === 'string') return fail(alone);
    const plan = planAttention(last.problem);
    const verdict = compareBits(plan, alone, lastRows(planAttention(whole.problem), full));
    return verdict.status === 'pass' ? compareBits(plan, alone, wantedBits(plan, last)) : verdict;
  });
}

/** A case of bits. */
export function bitsCase(
  name: string,
  factors: Factors,
  judge: (backend: Backend, context: JudgeContext) => Promise<Verdict>,
): Case {
  return {
    name,
    family: 'bits',
    judge: async (backend, context) => {
      const missing = missingHere(factors);
      return missing === null ? judge(backend, context) : notRun(missing);
    },
  };
}

/** The problem and the inputs of a case under the profile. */
export function scenarioOf(definition: FamilyDefinition, familyCase: FamilyCase, factors: Factors, name: string): BitsScenario {
  const { problem, inputs } = makeScenario(definition, familyCase, factors, name);
  const { query, key, value } = inputs;
  return { problem: { ...problem, numerics: 'reproducible' }, query, key, value };
}

/** The last query of a problem with one batch row and contiguous positions, at its position. */
function lastQuery(scenario: BitsScenario): BitsScenario {
  const { problem } = scenario;
  const plan = planAttention(problem);
  const { heads, queries, headDim, positions } = plan;
  const query = scenario.query as Tensor;
  const data = query.data as Float32Array;
  const rows = data.slice(0, heads * headDim);
  for (let h = 0; h < heads; h++) {
    const start = ((h + 1) * queries - 1) * headDim;
    rows.set(data.subarray(start, start + headDim), h * headDim);
  }
  return {
    ...scenario,
    problem: { ...problem, queries: 1, queryStart: positions.query[queries - 1] },
    query: { ...query, data: rows, shape: [1, heads, 1, headDim] },
  };
}

function lastRows({ heads, queries, valueDim }: AttentionPlan, { output, logSumExp }: Bits): Bits {
  const last = Array.from({ length: heads }, (_, h) => (h + 1) * queries - 1);
  return {
    output: Float32Array.from(last.flatMap((row) => [...output.subarray(row * valueDim, (row + 1) * valueDim)])),
    logSumExp: Float32Array.from(last, (row) => logSumExp[row]),
  };
}
