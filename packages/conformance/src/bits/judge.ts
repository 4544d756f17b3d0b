// One problem under the reproducible profile against one backend: prepare, run, compare bits with the reference.
import type { AttentionPlan, AttentionProblem, Backend, TensorLike } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { reproducibleAttention } from '@relbias/bias-spec/reproducible';
import { ranElsewhere } from '../attention-case.ts';
import type { JudgeContext } from '../case.ts';
import type { Verdict } from '../result.ts';
import { fail } from '../result.ts';
import type { Bits } from './compare.ts';
import { bitsOf, compareBits } from './compare.ts';

/** A problem and what goes in. */
export interface BitsScenario {
  /** `numerics` is 'reproducible'. */
  readonly problem: AttentionProblem;
  readonly query: TensorLike;
  readonly key: TensorLike;
  readonly value: TensorLike;
}

/** The reference's answer. */
function wantedBits(plan: AttentionPlan, { query, key, value }: BitsScenario): Bits {
  return reproducibleAttention(plan, query, key, value);
}

/** What a backend gives; a string says what is wrong with the result. */
export async function gotBits(
  backend: Backend,
  { problem, query, key, value }: BitsScenario,
  { expected }: JudgeContext,
): Promise<Bits | string> {
  const prepared = await backend.prepare(problem);
  try {
    if (prepared.plan.numerics !== 'reproducible') return `Prepared ${prepared.plan.numerics} where reproducible was asked for.`;
    const result = await prepared.run(query, key, value, { logSumExp: true });
    return ranElsewhere(result, backend, expected) ?? bitsOf(result);
  } finally {
    prepared.dispose();
  }
}

/** Runs a scenario and compares it with what is wanted; default: the reference's answer. */
export async function judgeBits(
  backend: Backend,
  scenario: BitsScenario,
  context: JudgeContext,
  wanted?: Bits,
): Promise<Verdict> {
  const plan = planAttention(scenario.problem);
  const got = await gotBits(backend, scenario, context);
  if (typeof got === 'string') return fail(got);
  return compareBits(plan, got, wanted ?? wantedBits(plan, scenario));
}
