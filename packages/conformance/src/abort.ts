// The case that aborts a run in progress. The duration of a run is unknown, so the problem grows until an abort arrives in time.
import type { AttentionProblem, Backend, PreparedAttention } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { ABORT_HELD_TOO_LONG } from './budgets.ts';
import { compare, expectationOf } from './compare.ts';
import { describeThrown } from './foreign.ts';
import type { CaseInputs } from './inputs.ts';
import { inputsOf } from './inputs.ts';
import type { Verdict } from './result.ts';
import { PASS, fail, notRun } from './result.ts';
import { seeded } from './seeded.ts';

/** Token counts to try, from small to large. */
const SIZES: readonly number[] = [256, 512, 1024, 2048];

/** Aborts a run right after its start. The run must reject with the signal's reason, unless it had finished already. */
export async function abortDuringRun(backend: Backend): Promise<Verdict> {
  let longest = 0;
  for (const tokens of SIZES) {
    const problem: AttentionProblem = { heads: 2, queries: tokens, keys: tokens, headDim: 32 };
    const inputs = inputsOf(planAttention(problem), {}, seeded('abort'));
    const prepared = await backend.prepare(problem);
    try {
      const reason = new Error('the reason of the caller');
      const { outcome, held } = await abortAtOnce(prepared, inputs, reason);
      longest = Math.max(longest, held);
      if (outcome === reason) return await lastRow(prepared, problem, inputs);
      if (outcome === 'ran on') return fail('The run continued and resolved although its signal was aborted.');
      if (outcome !== 'finished') return fail(`Rejected with ${describeThrown(outcome)}, not with the signal's reason.`);
      if (held > ABORT_HELD_TOO_LONG) {
        return fail(`The run blocked the event loop for ${Math.round(held)} ms, so no signal could reach it.`);
      }
    } finally {
      prepared.dispose();
    }
  }
  return notRun(`Every run had finished, after ${Math.round(longest)} ms at most, before an abort could reach it.`);
}

/** The outcome of a run that is aborted right after its start: `finished` before the abort, `ran on` after it, or the rejection. */
async function abortAtOnce(
  prepared: PreparedAttention,
  inputs: CaseInputs,
  reason: Error,
): Promise<{ outcome: unknown; held: number }> {
  const controller = new AbortController();
  const start = performance.now();
  let done = false;
  const run = prepared.run(inputs.query, inputs.key, inputs.value, { signal: controller.signal }).then(
    () => 'resolved',
    (error: unknown) => error,
  );
  void run.then(() => (done = true));
  const held = performance.now() - start;
  controller.abort(reason);
  // A run that did not wait for anything has resolved before the next task.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const finished = done;
  const outcome = await run;
  if (outcome !== 'resolved') return { outcome, held };
  return { outcome: finished ? 'finished' : 'ran on', held };
}

/** Checks that the prepared problem still computes the right result. One row, the last, is small enough for the oracle. */
async function lastRow(
  prepared: PreparedAttention,
  problem: AttentionProblem,
  { query, key, value, wide }: CaseInputs,
): Promise<Verdict> {
  const { output, logSumExp } = await prepared.run(query, key, value, { logSumExp: true });
  if (logSumExp === undefined) return fail('The log-sum-exp that was asked for is missing.');
  const { heads, queries } = problem;
  const rows = (data: Float32Array): Float32Array => {
    const width = data.length / (heads * queries);
    return Float32Array.from({ length: heads * width }, (_, index) => {
      const h = Math.floor(index / width);
      return data[(h * queries + queries - 1) * width + (index % width)];
    });
  };
  const plan = planAttention({ ...problem, queries: 1 });
  const expectation = expectationOf(plan, { ...wide, query: rows(wide.query) }, 'statistical');
  const verdict = compare(expectation, { output: rows(output.data), logSumExp: rows(logSumExp.data) });
  return verdict.status === 'fail' ? { ...verdict, reason: `After an aborted run: ${verdict.reason}` } : PASS;
}
