// The contract between a problem and whatever computes it. Interfaces only; backends implement it (session.ts), conformance judges it.
import type { ParameterGradients } from '../bias.ts';
import type { AttentionPlan, AttentionProblem } from '../problem.ts';
import type { OwnFloat32Array } from '../own-arrays.ts';
import type { Tensor, TensorLike } from '../tensor.ts';

/** What really ran: printed in reports, and checked by the suite against what was asked for. */
export interface RanOn {
  /** The backend's own name: `cpu`, `gpu.js`. */
  readonly backend: string;
  /** The kernel or mode: `naive`, `wasm`, `webgpu`. */
  readonly kernel: string;
  /** Where it ran: instruction set, adapter, driver; as far as the platform tells. */
  readonly device: string;
  /** Which of several builds of the kernel, where a backend chooses one: `simd`, `madd`. */
  readonly variant?: string;
  /** How many threads computed, where that can differ: a call too short to share may run on fewer than the backend has. */
  readonly threads?: number;
  /** The precision sums are carried in. The suite proves the claim: a device that says float32 and computes in double is not the one it names. */
  readonly arithmetic: 'float32' | 'float64';
}

/** The part of an AbortSignal that backends use. Every AbortSignal has it; stated here so that these types need neither DOM nor Node types. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  /** Throws the signal's reason if it is aborted. */
  throwIfAborted(): void;
}

/** The options of a single run. */
export interface RunOptions<LogSumExp extends boolean = boolean> {
  /** Also return the natural log of the sum of exp of the final logits, [batch, heads, queries]. Default false. */
  readonly logSumExp?: LogSumExp;
  /** Ends the run early: it rejects with the signal's reason, and the backend stays usable. An AbortSignal. */
  readonly signal?: AbortSignalLike;
  /** Called with the share done, from 0 to 1, now and then during a long run. A backend that cannot tell never calls it. */
  readonly progress?: (done: number) => void;
}

/** A float32 tensor that a backend returns. */
export interface Float32Tensor<Data extends Float32Array = OwnFloat32Array> extends Tensor {
  readonly data: Data;
  readonly dtype: 'float32';
}

/** What a run returns. */
export interface AttentionResult {
  /** [batch, heads, queries, valueDim]. Rows with no visible key are 0. */
  readonly output: Float32Tensor;
  /** [batch, heads, queries], where it was asked for. Rows with no visible key are -Infinity. */
  readonly logSumExp?: Float32Tensor;
  readonly ranOn: RanOn;
}

/** The result of a run with `logSumExp: true`. */
export interface AttentionResultWithLogSumExp extends AttentionResult {
  readonly logSumExp: Float32Tensor;
}

/** The result of a run by its option `logSumExp`: where that is `true`, the log-sum-exp is known to be there. */
export type AttentionResultFor<LogSumExp extends boolean> = [LogSumExp] extends [true]
  ? AttentionResultWithLogSumExp
  : AttentionResult;

/** What the backward pass starts from: the forward run's result, and d loss / d of it. */
export interface LossGradients {
  /** Of a forward run on the same inputs, with its log-sum-exp. */
  readonly result: Pick<AttentionResult, 'output' | 'logSumExp'>;
  /** d loss / d output, [batch, heads, queries, valueDim] */
  readonly output: TensorLike;
  /** d loss / d log-sum-exp, [batch, heads, queries], where the loss reads it. */
  readonly logSumExp?: TensorLike;
}

/** What the backward pass returns: d loss / d of each input, and of each learned parameter of the bias. */
export interface AttentionGradients {
  /** Each in the shape of its input; 0 for what no query sees. */
  readonly query: Float32Tensor;
  readonly key: Float32Tensor;
  readonly value: Float32Tensor;
  /** By name, each in the layout of its parameter. */
  readonly bias: ParameterGradients;
  readonly ranOn: RanOn;
}

/** The backward pass of a prepared problem. Rows that see no key, and hidden pairs, pass nothing back. */
export type GradientRun = (
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  loss: LossGradients,
  options?: Omit<RunOptions, 'logSumExp'>,
) => Promise<AttentionGradients>;

/** A problem that a backend has validated, lowered and compiled for. Run it as often as you like. */
export interface PreparedAttention {
  readonly plan: AttentionPlan;
  /**
   * Computes one call. Do not change the tensors until it settles: a long run reads them as it goes.
   *
   * A backend of your own returns what `resultOf` (from /backend) makes of its outputs and these options, which has this type.
   */
  run<LogSumExp extends boolean = false>(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    options?: RunOptions<LogSumExp>,
  ): Promise<AttentionResultFor<LogSumExp>>;
  /** null where the backend has no backward pass for this problem. */
  readonly gradient: GradientRun | null;
  /** Frees what `prepare` took. Running afterwards is an error; disposing twice is not. */
  dispose(): void;
}

/** Something that computes attention. Backends never fall back: what they cannot do they refuse, naming the way out. */
export interface Backend {
  readonly ranOn: RanOn;
  prepare(problem: AttentionProblem): Promise<PreparedAttention>;
  /** Frees devices, workers and memory, with every prepared problem. */
  dispose(): Promise<void>;
}
