// Runs one problem of the reproducible profile on a backend and compares its bits with the reference.
import type { AttentionPlan, AttentionProblem, Backend, TensorLike } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { HASH_START, hexWord, reproducibleAttention, requireLogitsInRange } from '@relbias/bias-spec/reproducible';
import { show } from '@relbias/bias-spec/backend';
import { ranElsewhere } from '../attention-case.ts';
import type { JudgeContext } from '../case.ts';
import type { Verdict } from '../result.ts';
import { PASS, fail } from '../result.ts';
import type { Bits } from './compare.ts';
import { bitsOf, compareBits } from './compare.ts';

/** A problem and its inputs. */
export interface BitsScenario {
  /** `numerics` is 'reproducible'. */
  readonly problem: AttentionProblem;
  readonly query: TensorLike;
  readonly key: TensorLike;
  readonly value: TensorLike;
}

/** The verdict on a correct refusal: the hash of no bits, so the case counts among those with bits. */
const REFUSED: Verdict = { ...PASS, bits: hexWord(HASH_START) };

/** The reference result. */
export function wantedBits(plan: AttentionPlan, { query, key, value }: BitsScenario): Bits {
  return reproducibleAttention(plan, query, key, value);
}

/** The result of a backend; a string says what is wrong with it. */
export async function gotBits(
  backend: Backend,
  { problem, query, key, value }: BitsScenario,
  { expected }: JudgeContext,
): Promise<Bits | string> {
  const prepared = await backend.prepare(problem);
  try {
    if (prepared.plan.numerics !== 'reproducible')
      return `prepared.plan.numerics: got ${show(prepared.plan.numerics)}, want "reproducible", which the problem asked for.`;
    const result = await prepared.run(query, key, value, { logSumExp: true });
    return ranElsewhere(result, backend, expected) ?? bitsOf(result);
  } finally {
    prepared.dispose();
  }
}

/** Runs a scenario and compares its bits. Default of `wanted`: the reference result. */
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

/** The backend must refuse a scenario that has no right result, with a ParameterError. */
async function judgeRefusal(backend: Backend, scenario: BitsScenario, context: JudgeContext, why: string): Promise<Verdict> {
  try {
    const got = await gotBits(backend, scenario, context);
    return fail(typeof got === 'string' ? got : `Returned a result that it should have refused: ${why}`);
  } catch (error) {
    // By name, because the backend may use its own copy of bias-spec.
    if (error instanceof Error && error.name === 'ParameterError') return REFUSED;
    throw error;
  }
}
