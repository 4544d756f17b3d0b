// The contract between a problem and whatever computes it. Interfaces only; the packages kernels-* implement it, conformance judges it.
import type { AttentionPlan, AttentionProblem } from './problem.ts';
import type { Tensor, TensorLike } from './tensor.ts';

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

/** What a single run may be asked for besides its output. */
export interface RunOptions {
  /** Also return the natural log of the sum of exp of the final logits, [batch, heads, queries]. */
  readonly logSumExp?: boolean;
  /** Ends the run early with the signal's reason; the backend stays usable. */
  readonly signal?: AbortSignal;
  /** Told the share done, between 0 and 1, now and then during a long run. A backend that cannot tell never calls it. */
  readonly progress?: (done: number) => void;
}

/** What a run returns. */
export interface AttentionResult {
  /** [batch, heads, queries, valueDim], float32. Rows with no visible key are 0. */
  readonly output: Tensor & { readonly data: Float32Array };
  /** [batch, heads, queries], float32, where it was asked for. Rows with no visible key are -Infinity. */
  readonly logSumExp?: Tensor & { readonly data: Float32Array };
  readonly ranOn: RanOn;
}

/** A problem that a backend has validated, lowered and compiled for. Run it as often as you like. */
export interface PreparedAttention {
  readonly plan: AttentionPlan;
  /** The tensors must stay as they are until it settles: a long run reads them as it goes. */
  run(query: TensorLike, key: TensorLike, value: TensorLike, options?: RunOptions): Promise<AttentionResult>;
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
