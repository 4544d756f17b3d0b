// One size of the benchmark: everybody runs once a round, in turn, so that a mood of the machine meets all alike; the median counts.
import { alibi, normal, planAttention } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';
import { seeded } from '@relbias/conformance';
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Made, Tensors } from './contenders.ts';
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
  /** The greatest |output - float64 oracle| on sampled rows. */
  readonly error?: number;
  readonly device?: string;
  readonly failure?: string;
}

/** Rows of each head that the oracle computes too. */
const SAMPLED = 8;

export async function race({ tokens: sizes, contenders, rounds }: Order, tell: (figure: Figure) => void): Promise<void> {
  const able = CONTENDERS.filter(({ name }) => contenders.includes(name));
  for (const tokens of sizes) {
    const bias = alibi({ heads: HEADS });
    const problem = { heads: HEADS, queries: tokens, keys: tokens, headDim: HEAD_DIM, bias, mask: { causal: true } };
    const plan = planAttention(problem);
    const tensors = drawn(tokens);
    const running: { readonly name: string; readonly made: Made; readonly times: number[]; error: number }[] = [];
    for (const { name, maxTokens, make } of able) {
      if (tokens > maxTokens) continue;
      try {
        const made = await make(problem, plan, tensors);
        // The first run is not timed: engines compile on the way.
        running.push({ name, made, times: [], error: worst(plan, tensors, await made.run()) });
      } catch (error) {
        tell({ contender: name, tokens, failure: error instanceof Error ? error.message : String(error) });
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const { made, times } of running) {
        const start = performance.now();
        await made.run();
        times.push(performance.now() - start);
      }
    }
    for (const { name, made, times, error } of running) {
      tell({ contender: name, tokens, milliseconds: median(times), error, device: made.device });
      made.dispose();
    }
  }
}

function drawn(tokens: number): Tensors {
  const random = seeded(`benchmark/${tokens}`);
  const one = (): Float32Array => Float32Array.from({ length: HEADS * tokens * HEAD_DIM }, () => normal(random, 1));
  return { query: one(), key: one(), value: one() };
}

function worst(plan: AttentionPlan, { query, key, value }: Tensors, output: Float32Array): number {
  const { queries, keys, headDim } = plan;
  let most = 0;
  for (let sample = 0; sample < HEADS * SAMPLED; sample++) {
    const h = sample % HEADS;
    const i = Math.floor((sample * (queries - 1)) / (HEADS * SAMPLED - 1));
    const { weights } = attentionRow(plan, 0, h, i, query, key);
    for (let c = 0; c < headDim; c++) {
      const want = weights.reduce((sum, weight, j) => sum + weight * value[(h * keys + j) * headDim + c], 0);
      // Math.max lets NaN win, as it should.
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
