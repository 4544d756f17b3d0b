// One run of the benchmark. Contenders run in turn in each round, so background load affects all of them equally; the median counts.
import { alibi, normal, planAttention } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';
import { seeded } from '@relbias/conformance';
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Runner, Tensors } from './contenders.ts';
import { CONTENDERS } from './contenders.ts';

export const HEADS = 4;
export const HEAD_DIM = 64;

export interface Order {
  readonly tokens: readonly number[];
  readonly contenders: readonly string[];
  readonly rounds: number;
}

export interface Figure {
  readonly contender: string;
  readonly tokens: number;
  /** Median of the rounds; absent where it failed or was too large for it. */
  readonly milliseconds?: number;
  /** The largest |output - float64 oracle| on sampled rows. */
  readonly error?: number;
  readonly device?: string;
  readonly failure?: string;
}

/** Rows of each head that are compared with the oracle. */
const SAMPLED = 8;

export async function race({ tokens: sizes, contenders, rounds }: Order, report: (figure: Figure) => void): Promise<void> {
  const chosen = CONTENDERS.filter(({ name }) => contenders.includes(name));
  for (const tokens of sizes) {
    const bias = alibi({ heads: HEADS });
    const problem = { heads: HEADS, queries: tokens, keys: tokens, headDim: HEAD_DIM, bias, mask: { causal: true } };
    const plan = planAttention(problem);
    const tensors = drawTensors(tokens);
    const running: { readonly name: string; readonly runner: Runner; readonly times: number[]; error: number }[] = [];
    for (const { name, maxTokens, make } of chosen) {
      if (tokens > maxTokens) continue;
      try {
        const runner = await make(problem, plan, tensors);
        // The first run is not timed: engines compile during it.
        running.push({ name, runner, times: [], error: worstError(plan, tensors, await runner.run()) });
      } catch (error) {
        report({ contender: name, tokens, failure: error instanceof Error ? error.message : String(error) });
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const { runner, times } of running) {
        const start = performance.now();
        await runner.run();
        times.push(performance.now() - start);
      }
    }
    for (const { name, runner, times, error } of running) {
      report({ contender: name, tokens, milliseconds: median(times), error, device: runner.device });
      runner.dispose();
    }
  }
}

function drawTensors(tokens: number): Tensors {
  const random = seeded(`benchmark/${tokens}`);
  const one = (): Float32Array => Float32Array.from({ length: HEADS * tokens * HEAD_DIM }, () => normal(random, 1));
  return { query: one(), key: one(), value: one() };
}

function worstError(plan: AttentionPlan, { query, key, value }: Tensors, output: Float32Array): number {
  const { queries, keys, headDim } = plan;
  let most = 0;
  for (let sample = 0; sample < HEADS * SAMPLED; sample++) {
    const h = sample % HEADS;
    const i = Math.floor((sample * (queries - 1)) / (HEADS * SAMPLED - 1));
    const { weights } = attentionRow(plan, 0, h, i, query, key);
    for (let c = 0; c < headDim; c++) {
      const want = weights.reduce((sum, weight, j) => sum + weight * value[(h * keys + j) * headDim + c], 0);
      // Math.max returns NaN if either argument is NaN.
      most = Math.max(most, Math.abs(output[(h * queries + i) * headDim + c] - want));
    }
  }
  return most;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
