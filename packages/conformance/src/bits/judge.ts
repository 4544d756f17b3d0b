// One problem under the reproducible profile against one backend: prepare, run, compare bits with the reference.
import type { AttentionPlan, AttentionProblem, Backend, TensorLike } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { HASH_START, hexWord, reproducibleAttention, requireLogitsInRange } from '@relbias/bias-spec/reproducible';
import { ranElsewhere } from '../attention-case.ts';
import type { JudgeContext } from '../case.ts';
import type { Verdict } from '../result.ts';
import { PASS, fail } from '../result.ts';
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

/** What a rightful refusal comes to: the hash of no bits at all, so that the case counts among those that a report compares. */
const REFUSED: Verdict = { ...PASS, bits: hexWord(HASH_START) };

/** The reference's answer. */
export function wantedBits(plan: AttentionPlan, { query, key, value }: BitsScenario): Bits {
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
  const want = wanted ?? wantedBits(plan, scenario);
  const refusal = refusalOf(plan, want);
  if (refusal !== null) return judgeRefusal(backend, scenario, context, refusal);
  const got = await gotBits(backend, scenario, context);
  if (typeof got === 'string') return fail(got);
  return compareBits(plan, got, want);
}

/** Whether a backend must refuse it. */
export function isRefused(scenario: BitsScenario): boolean {
  const plan = planAttention(scenario.problem);
  return refusalOf(plan, wantedBits(plan, scenario)) !== null;
}

/** Why the result must be refused; null where its logits are within the range of the profile. */
function refusalOf(plan: AttentionPlan, { logSumExp }: Bits): string | null {
  try {
    requireLogitsInRange(plan, logSumExp);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A result that no backend could give rightly must be refused, and by an error of the contract. */
async function judgeRefusal(backend: Backend, scenario: BitsScenario, context: JudgeContext, why: string): Promise<Verdict> {
  try {
    const got = await gotBits(backend, scenario, context);
    return fail(typeof got === 'string' ? got : `Gave a result where it had to refuse: ${why}`);
  } catch (error) {
    // By its name: the backend may have come with a copy of bias-spec of its own.
    if (error instanceof Error && error.name === 'ParameterError') return REFUSED;
    throw error;
  }
}
