// The cases that check the behaviour of a backend: refusals, aborts, disposal, and that the next call is right after each of them.
import type { AttentionProblem, AttentionResult, Backend, PreparedAttention, TensorLike } from '@relbias/bias-spec';
import { DeviceLostError, UnsupportedError, alibi, planAttention } from '@relbias/bias-spec';
import { abortDuringRun } from './abort.ts';
import type { Scenario } from './attention-case.ts';
import { judgeScenario, scenarioFor } from './attention-case.ts';
import type { Case } from './case.ts';
import { SOUND, WRONG_INPUTS, WRONG_PROBLEMS } from './contract-calls.ts';
import { describeThrown } from './foreign.ts';
import { inputsOf } from './inputs.ts';
import { rejection, wrongError } from './rejection.ts';
import type { Verdict } from './result.ts';
import { PASS, fail } from './result.ts';
import { seeded } from './seeded.ts';

const WRONG_CASES: readonly Case[] = [
  ...WRONG_PROBLEMS.map(({ name, fields, error }) =>
    contractCase(`refuses-problem-${name}`, async (backend) => {
      const problem = ('whole' in fields ? fields.whole : { ...SOUND, ...fields }) as AttentionProblem;
      return rejection(() => backend.prepare(problem), error);
    }),
  ),
  ...WRONG_INPUTS.map(({ name, input, wrong, error }) =>
    contractCase(`refuses-input-${name}`, (backend) =>
      withPrepared(backend, async (prepared, { inputs }) => {
        const given = { ...inputs, [input]: wrong(inputs.wide[input], inputs[input].shape) as TensorLike };
        return rejection(() => prepared.run(given.query, given.key, given.value), error);
      }),
    ),
  ),
];

const LIFE_CASES: readonly Case[] = [
  contractCase('numerics-are-kept-or-refused', async (backend) => {
    const problem: AttentionProblem = { ...SOUND, numerics: 'reproducible' };
    try {
      const prepared = await backend.prepare(problem);
      prepared.dispose();
      return prepared.plan.numerics === 'reproducible'
        ? PASS
        : fail('prepared.plan.numerics: got another profile, want "reproducible", which the problem asked for.');
    } catch (error) {
      return wrongError(error, UnsupportedError) ?? PASS;
    }
  }),
  contractCase('log-sum-exp-only-when-asked', (backend) =>
    withPrepared(backend, async (prepared, { inputs }) => {
      const { logSumExp } = await prepared.run(inputs.query, inputs.key, inputs.value);
      return logSumExp === undefined
        ? PASS
        : fail('logSumExp: got a tensor, want undefined: the options of the run did not ask for it.');
    }),
  ),
  contractCase('results-are-kept', (backend) =>
    withPrepared(backend, async (prepared, { inputs }) => {
      // Its numbers differ from those of the other runs: the guard (guard.ts) notices if they end up in an earlier result.
      const negative = inputs.wide.query.map((one) => -one);
      await prepared.run(negative, inputs.key, inputs.value, { logSumExp: true });
      await prepared.run(inputs.query, inputs.key, inputs.value, { logSumExp: true });
      return PASS;
    }),
  ),
  contractCase('runs-may-overlap', (backend) =>
    withPrepared(backend, async (prepared, { inputs }) => {
      const negative = inputs.wide.query.map((one) => -one);
      const alone: AttentionResult[] = [];
      for (const query of [inputs.query, negative]) alone.push(await prepared.run(query, inputs.key, inputs.value));
      const together = await Promise.all([inputs.query, negative].map((query) => prepared.run(query, inputs.key, inputs.value)));
      const same = together.every(({ output }, index) => output.data.join() === alone[index].output.data.join());
      return same ? PASS : fail('Two runs at the same time gave other numbers than the same runs in turn.');
    }),
  ),
  contractCase('inputs-may-be-views', (backend) =>
    withPrepared(backend, async (prepared, { inputs }) => {
      const { query, key, value } = inputs.wide;
      const whole = await prepared.run(query, key, value);
      const [q, k, v] = [query, key, value].map((data) => Float32Array.of(9, ...data, 9).subarray(1, data.length + 1));
      const { output } = await prepared.run(q, k, v);
      return output.data.join() === whole.output.data.join()
        ? PASS
        : fail('Inputs that are views into a larger buffer gave other numbers than the same inputs alone.');
    }),
  ),
  contractCase('run-after-dispose', async (backend) => {
    const { problem, inputs } = soundScenario();
    const prepared = await backend.prepare(problem);
    prepared.dispose();
    prepared.dispose();
    return rejection(() => prepared.run(inputs.query, inputs.key, inputs.value), DeviceLostError);
  }),
  contractCase('abort-before-a-run', (backend) =>
    withPrepared(backend, async (prepared, { inputs }) => {
      const reason = new Error('the reason of the caller');
      try {
        await prepared.run(inputs.query, inputs.key, inputs.value, { signal: AbortSignal.abort(reason) });
      } catch (error) {
        return error === reason ? PASS : fail(`Rejected with ${describeThrown(error)}, not with the signal's reason.`);
      }
      return fail('The run resolved although its signal was aborted before it started.');
    }),
  ),
  contractCase('abort-during-a-run', abortDuringRun),
];

export const contractCases: readonly Case[] = [...WRONG_CASES, ...LIFE_CASES];

/** A case with a check, followed by a correct call on the same backend, which must give the right numbers. */
function contractCase(name: string, check: (backend: Backend) => Promise<Verdict>): Case {
  return {
    name: `contract/${name}`,
    family: 'contract',
    async judge(backend, { expected }) {
      const verdict = await check(backend);
      if (verdict.status === 'fail') return verdict;
      const next = await judgeScenario(backend, soundScenario(), expected);
      return next.status === 'fail' ? { ...next, reason: `The next call is wrong: ${next.reason}` } : verdict;
    },
  };
}

function soundScenario(): Scenario {
  const problem: AttentionProblem = { ...SOUND, bias: alibi({ heads: SOUND.heads }), mask: { causal: true } };
  const plan = planAttention(problem);
  return scenarioFor(problem, plan, inputsOf(plan, {}, seeded('contract')), 'statistical');
}

/** Runs a check on a prepared problem, which must give the same result before and after it. */
async function withPrepared(
  backend: Backend,
  check: (prepared: PreparedAttention, scenario: Scenario) => Promise<Verdict>,
): Promise<Verdict> {
  const scenario = soundScenario();
  const prepared = await backend.prepare(scenario.problem);
  try {
    const { query, key, value } = scenario.inputs;
    const before = await prepared.run(query, key, value);
    const verdict = await check(prepared, scenario);
    if (verdict.status === 'fail') return verdict;
    const after = await prepared.run(query, key, value);
    return after.output.data.join() === before.output.data.join()
      ? verdict
      : fail('The same prepared problem gives other numbers afterwards.');
  } finally {
    prepared.dispose();
  }
}
