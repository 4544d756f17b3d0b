// The contract of a backend, as interfaces: session.ts implements it around kernels, @relbias/conformance tests it.
import type { ParameterGradients } from '../bias.ts';
import type { AttentionPlan, AttentionProblem } from '../problem.ts';
import type { OwnFloat32Array } from '../own-arrays.ts';
import type { Tensor, TensorLike } from '../tensor.ts';

/** What computed a result. Reports print it, and the conformance suite compares it with what was asked for. */
export interface RanOn {
  /** The backend's own name: `cpu`, `gpu.js`. */
  readonly backend: string;
  /** The kernel or mode: `naive`, `wasm`, `webgpu`. */
  readonly kernel: string;
  /** The hardware: instruction set, adapter, driver, as far as the platform reports it. */
  readonly device: string;
  /** The build of the kernel, if the backend chooses between several: `simd`, `madd`. */
  readonly variant?: string;
  /** The number of threads that computed this call, which may be fewer than the backend has. */
  readonly threads?: number;
  /** The precision of sums. The conformance suite verifies it: it detects a device that claims float32 and computes in float64. */
  readonly arithmetic: 'float32' | 'float64';
}

/** The part of an AbortSignal that backends use. Every AbortSignal has it. Declared here, so these types need neither DOM nor Node types. */
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
  /** Called during a long run with the fraction done, from 0 to 1. A backend that does not know the fraction never calls it. */
  readonly progress?: (done: number) => void;
}

/** A float32 tensor that a backend returns. */
export interface Float32Tensor<Data extends Float32Array = OwnFloat32Array> extends Tensor {
  readonly data: Data;
  readonly dtype: 'float32';
}

/** What a run returns. */
export interface AttentionResult {
  /** [batch, heads, queries, valueDim]. Rows that see no key are 0. */
  readonly output: Float32Tensor;
  /** [batch, heads, queries], present if the run asked for it. Rows that see no key are -Infinity. */
  readonly logSumExp?: Float32Tensor;
  readonly ranOn: RanOn;
}

/** The result of a run with `logSumExp: true`. */
export interface AttentionResultWithLogSumExp extends AttentionResult {
  readonly logSumExp: Float32Tensor;
}

/** The result of a run by the type of its option `logSumExp`: `true` has the log-sum-exp. */
export type AttentionResultFor<LogSumExp extends boolean> = [LogSumExp] extends [true]
  ? AttentionResultWithLogSumExp
  : AttentionResult;

/** The input of the backward pass: the result of the forward run, and the gradients of the loss by it. */
export interface LossGradients {
  /** The result of a forward run on the same inputs, with `logSumExp: true`. */
  readonly result: Pick<AttentionResult, 'output' | 'logSumExp'>;
  /** d loss / d output, [batch, heads, queries, valueDim] */
  readonly output: TensorLike;
  /** d loss / d log-sum-exp, [batch, heads, queries], if the loss depends on it. */
  readonly logSumExp?: TensorLike;
}

/** The result of the backward pass: the gradients of the loss by each input and each learned parameter of the bias. */
export interface AttentionGradients {
  /** In the shapes of the inputs; 0 for keys and values that no query sees. */
  readonly query: Float32Tensor;
  readonly key: Float32Tensor;
  readonly value: Float32Tensor;
  /** By parameter name, each in the parameter's layout, in float64. */
  readonly bias: ParameterGradients;
  readonly ranOn: RanOn;
}

/** The backward pass of a prepared problem. Rows that see no key, and hidden pairs, have no gradient. */
export type GradientRun = (
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  loss: LossGradients,
  options?: Omit<RunOptions, 'logSumExp'>,
) => Promise<AttentionGradients>;

/** A problem that a backend has validated and compiled its kernels for. Run it any number of times. */
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
  /** The backward pass; null if the backend has none for this problem. */
  readonly gradient: GradientRun | null;
  /** Frees the memory of this problem. A run afterwards rejects with DeviceLostError; disposing twice is allowed. */
  dispose(): void;
}

/** A backend computes attention. It never falls back to another: for what it cannot do, it throws an error that says what to do instead. */
export interface Backend {
  readonly ranOn: RanOn;
  /**
   * Validates a problem, fills in its defaults and compiles kernels for its shapes. Do it once for many runs of the same shapes.
   *
   * @throws ParameterError, ShapeError naming the option; UnsupportedError for what this backend or device cannot compute.
   */
  prepare(problem: AttentionProblem): Promise<PreparedAttention>;
  /** Frees devices, workers and memory, those of every prepared problem included. */
  dispose(): Promise<void>;
}
