// One long attention: the time and memory that a backend takes, and its error against the float64 oracle on sampled rows.
import type { AttentionProblem, Backend } from '@relbias/bias-spec';
import { alibi, planAttention, t5 } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import { bellShaped, seeded } from '@relbias/conformance';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Progress } from '../progress.ts';

const HEADS = 8;
const HEAD_DIM = 64;

/** How many rows the oracle recomputes: first, last, and evenly between. All rows would take far longer than the kernels. */
export const SAMPLED_ROWS = 24;

/** An attention problem and its inputs. */
export interface LongAttention {
  readonly title: string;
  readonly problem: AttentionProblem;
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

export interface LongResult {
  readonly milliseconds: number;
  /** Peak growth of memory outside the JavaScript heap (buffers, WebAssembly), with the output. */
  readonly bytes: number;
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
}

/** Causal ALiBi as in BLOOM and MPT, and bidirectional T5 with a randomly initialised table. */
export function longAttentions(tokens: number): LongAttention[] {
  const random = seeded('tour');
  const table = Float64Array.from({ length: 32 * HEADS }, () => bellShaped(random));
  return [
    // T5 does not scale its scores, but initialises its weights smaller. The factor does the same.
    long('ALiBi, causal', tokens, { bias: alibi({ heads: HEADS }), mask: { causal: true } }, 1),
    long('T5, bidirectional', tokens, { bias: t5({ heads: HEADS, table }) }, HEAD_DIM ** -0.5),
  ];
}

function long(title: string, tokens: number, given: Pick<AttentionProblem, 'bias' | 'mask'>, queryFactor: number): LongAttention {
  const random = seeded(title);
  const draw = (factor: number): Float32Array =>
    Float32Array.from({ length: HEADS * tokens * HEAD_DIM }, () => factor * bellShaped(random));
  const problem = { heads: HEADS, queries: tokens, keys: tokens, headDim: HEAD_DIM, ...given };
  return { title, problem, query: draw(queryFactor), key: draw(1), value: draw(1) };
}

/** Runs an attention once on a backend. */
export async function runLong(
  backend: Backend,
  { problem, query, key, value }: LongAttention,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<LongResult> {
  await collectGarbage();
  const before = process.memoryUsage().external;
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage().external);
  };
  const started = performance.now();
  const prepared = await backend.prepare(problem);
  try {
    const { output, logSumExp } = await prepared.run(query, key, value, {
      logSumExp: true,
      signal,
      progress(done) {
        look();
        progress.report(done);
      },
    });
    const milliseconds = performance.now() - started;
    look();
    if (logSumExp === undefined) throw new Error(`${backend.ranOn.kernel} returned no log-sum-exp although it was asked for`);
    return { output: output.data, logSumExp: logSumExp.data, milliseconds, bytes: peak - before };
  } finally {
    prepared.dispose();
  }
}

/** Frees memory of earlier work before memory is measured. The engine updates its counters at the next collection, hence the rounds. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) {
    collect();
    await setTimeout(20);
  }
}

/** The oracle's results on the sampled rows. */
export interface Sample {
  readonly rows: readonly number[];
  readonly output: Float64Array;
  readonly logSumExp: Float64Array;
}

/** Recomputes the sampled rows in float64: the same keys, fewer queries, each at its own position. */
export function sampleOracle({ problem, query, key, value }: LongAttention): Sample {
  const tokens = problem.queries;
  const rows = Array.from({ length: SAMPLED_ROWS }, (_, index) => Math.round((index * (tokens - 1)) / (SAMPLED_ROWS - 1)));
  const positions = { query: rows, key: Array.from({ length: tokens }, (_, j) => j) };
  const plan = planAttention({ ...problem, queries: SAMPLED_ROWS, positions });
  const picked = new Float32Array(HEADS * SAMPLED_ROWS * HEAD_DIM);
  for (let head = 0; head < HEADS; head++) {
    for (const [index, row] of rows.entries()) {
      const from = (head * tokens + row) * HEAD_DIM;
      picked.set(query.subarray(from, from + HEAD_DIM), (head * SAMPLED_ROWS + index) * HEAD_DIM);
    }
  }
  return { rows, ...oracle(plan, picked, key, value) };
}

/** The largest difference between a backend's numbers and the oracle's on the sampled rows. */
export function largestErrors(result: LongResult, sample: Sample): { readonly output: number; readonly logSumExp: number } {
  const tokens = result.logSumExp.length / HEADS;
  let output = 0;
  let logSumExp = 0;
  for (let head = 0; head < HEADS; head++) {
    for (const [index, row] of sample.rows.entries()) {
      const there = head * tokens + row;
      const here = head * SAMPLED_ROWS + index;
      logSumExp = Math.max(logSumExp, Math.abs(result.logSumExp[there] - sample.logSumExp[here]));
      for (let c = 0; c < HEAD_DIM; c++) {
        output = Math.max(output, Math.abs(result.output[there * HEAD_DIM + c] - sample.output[here * HEAD_DIM + c]));
      }
    }
  }
  return { output, logSumExp };
}
