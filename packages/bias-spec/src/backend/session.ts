// The session of a backend: everything between a problem and a result that does not compute. Problems are planned, profiles refused or
// proven on the device, calls read, checked, aborted and finished, and what was disposed says so. A backend is its kernels.
import { UnsupportedError, show, withRoom } from '../errors.ts';
import { planAttention } from '../plan.ts';
import type { AttentionPlan, AttentionProblem, Numerics } from '../problem.ts';
import { rawInputs } from '../problem.ts';
import { requireReproducible } from '../reproducible/limits.ts';
import { proveDevice, proveDeviceSync } from '../reproducible/proof.ts';
import { requireLogitsInRange } from '../reproducible/range.ts';
import type { TensorLike } from '../tensor.ts';
import type { AttentionCall, Outputs, Ran } from './call.ts';
import { SPLIT, callOn, disposed, newOutputs, readRunOptions, resultOf } from './call.ts';
import type { AttentionResult, Backend, PreparedAttention, RanOn, RunOptions } from './contract.ts';
import type { GradientCall } from './gradient.ts';
import { gradientRun } from './gradient.ts';

/** A kernel prepared for one plan. */
export interface PreparedKernel {
  /** Computes a call: fills its outputs. Calls may overlap. */
  run(call: AttentionCall): Promise<Ran> | Ran;
  /** The same at once, for backends whose callers cannot wait. */
  runSync?(call: AttentionCall): Ran;
  /** Computes a call of the backward pass: adds to its gradients. */
  gradient?(call: GradientCall): Promise<Ran> | Ran;
  /** The memory of the kernel's own that results on these inputs go to; null, or left out, for memory of the caller's own. */
  outputsFor?(inputs: AttentionCall['raw']): Outputs | null;
  /** Frees what `prepare` took, also while a call is under way: it ends at its next `proceed`. */
  dispose?(): void;
}

/** What a backend is besides the session. */
export interface Kernels<K extends PreparedKernel = PreparedKernel> {
  /** For errors: `cpu wasm`. */
  readonly name: string;
  /** As it is now. */
  readonly ranOn: RanOn;
  /** The profiles that it computes. */
  readonly numerics: readonly Numerics[];
  /** The plan is valid, and within its profile. */
  prepare(plan: AttentionPlan): Promise<K> | K;
  dispose?(): Promise<void> | void;
}

/** A prepared problem of a backend whose kernels run at once. */
export interface SyncPreparedAttention extends PreparedAttention {
  /** The same bits as `run`, at once. Holds the thread until it is done, and cannot be aborted. */
  runSync(query: TensorLike, key: TensorLike, value: TensorLike, options?: { readonly logSumExp?: boolean }): AttentionResult;
}

/** Something that goes with the backend. */
interface Owned {
  dispose(): void;
}

/** Wraps kernels in the contract. */
export function backendOf(kernels: Kernels): Backend {
  const session = new Session(kernels);
  return {
    get ranOn() {
      return kernels.ranOn;
    },
    prepare: (problem) => session.prepare(problem),
    dispose: () => session.dispose(),
  };
}

/** A profile that a backend does not offer is refused, never replaced. @throws UnsupportedError. */
export function requireNumerics(backend: string, plan: AttentionPlan, offered: readonly Numerics[]): void {
  if (offered.includes(plan.numerics)) return;
  throw new UnsupportedError({
    what: `${backend}: problem.numerics`,
    got: show(plan.numerics),
    wanted: offered.map(show).join(' or '),
  });
}

/** The session, for backends that offer more than the contract. */
export class Session<K extends PreparedKernel = PreparedKernel> {
  readonly #kernels: Kernels<K>;
  readonly #owned = new Set<Owned>();
  #disposed = false;
  #proven = false;
  #proof: Promise<void> | undefined;

  constructor(kernels: Kernels<K>) {
    this.#kernels = kernels;
  }

  async prepare(problem: AttentionProblem): Promise<PreparedAttention> {
    this.requireOpen();
    const plan = planAttention(problem);
    await this.admit(plan);
    return this.#prepared(plan);
  }

  /** For kernels that prepare and run at once. */
  prepareSync(problem: AttentionProblem): SyncPreparedAttention & { readonly kernel: () => K } {
    this.requireOpen();
    const plan = planAttention(problem);
    this.admitSync(plan);
    return this.#own(plan, this.#kernelSync(plan), true);
  }

  /** @throws DeviceLostError once the backend is disposed. */
  requireOpen(): void {
    if (this.#disposed) throw disposed(this.#kernels.name, 'backend');
  }

  /**
   * Refuses a profile that the backend does not offer, and proves the device before the first promise of bits: it computes the cases that
   * tell devices apart. Who asks meanwhile waits for the same answer.
   *
   * @throws UnsupportedError.
   */
  async admit(plan: AttentionPlan): Promise<void> {
    if (this.#isAdmitted(plan)) return;
    this.#proof ??= proveDevice(this.#kernels.name, async ({ problem, query, key, value }) => {
      const one = await this.#prepared(planAttention(problem), false);
      try {
        return await one.run(query, key, value, { logSumExp: true });
      } finally {
        one.dispose();
      }
    });
    try {
      await this.#proof;
      this.#proven = true;
    } finally {
      this.#proof = undefined;
    }
  }

  /** The same at once. */
  admitSync(plan: AttentionPlan): void {
    if (this.#isAdmitted(plan)) return;
    proveDeviceSync(this.#kernels.name, ({ problem, query, key, value }) => {
      const proof = planAttention(problem);
      const one = this.#own(proof, this.#kernelSync(proof), false);
      try {
        return one.runSync(query, key, value, { logSumExp: true });
      } finally {
        one.dispose();
      }
    });
    this.#proven = true;
  }

  #isAdmitted(plan: AttentionPlan): boolean {
    requireNumerics(this.#kernels.name, plan, this.#kernels.numerics);
    if (plan.numerics === 'fast') return true;
    requireReproducible(plan);
    return this.#proven;
  }

  /** Whatever is given here is disposed with the backend; `disown` it when it goes before. */
  own(owned: Owned): void {
    this.#owned.add(owned);
  }

  disown(owned: Owned): void {
    this.#owned.delete(owned);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const one of this.#owned) one.dispose();
    await this.#kernels.dispose?.();
  }

  #kernelSync(plan: AttentionPlan): K {
    const kernel = this.#kernel(plan);
    if (kernel instanceof Promise) throw new TypeError('kernels that prepare at once were expected');
    return kernel;
  }

  #kernel(plan: AttentionPlan): Promise<K> | K {
    const { minDistance, maxDistance } = plan.positions;
    const tables = `the tables of a bias of ${plan.heads} heads from distance ${minDistance} to ${maxDistance}`;
    return withRoom(this.#kernels.name, tables, SPLIT, () => this.#kernels.prepare(plan));
  }

  async #prepared(plan: AttentionPlan, inRange = true): Promise<PreparedAttention> {
    const kernel = await this.#kernel(plan);
    if (!this.#disposed) return this.#own(plan, kernel, inRange);
    kernel.dispose?.();
    throw disposed(this.#kernels.name, 'backend');
  }

  /** `inRange`: whether results beyond the range of the profile are refused. The proof alone looks at them: there devices differ. */
  #own(plan: AttentionPlan, kernel: K, inRange: boolean): SyncPreparedAttention & { readonly kernel: () => K } {
    const { name } = this.#kernels;
    // null once disposed, so that whoever still holds the prepared problem does not hold the kernel's memory.
    let live: K | null = kernel;
    const living = (): K => {
      if (live === null) throw disposed(name, 'prepared attention');
      return live;
    };

    const begin = (query: TensorLike, key: TensorLike, value: TensorLike, options: RunOptions): AttentionCall => {
      const one = living();
      const raw = rawInputs(plan, query, key, value);
      const outputs = one.outputsFor?.(raw) ?? newOutputs(name, plan);
      return { ...callOn(plan, raw, options, living), outputs };
    };
    const finish = ({ outputs }: AttentionCall, ran: Ran, { logSumExp = false }: RunOptions): AttentionResult => {
      if (inRange && plan.numerics === 'reproducible') requireLogitsInRange(plan, outputs.logSumExp);
      return resultOf(plan, outputs, { ...this.#kernels.ranOn, ...ran }, logSumExp);
    };

    const prepared = {
      plan,
      kernel: living,
      async run(query: TensorLike, key: TensorLike, value: TensorLike, given?: RunOptions): Promise<AttentionResult> {
        const options = readRunOptions(given);
        const call = begin(query, key, value, options);
        const ran = await living().run(call);
        options.signal?.throwIfAborted();
        return finish(call, ran, options);
      },
      runSync(query: TensorLike, key: TensorLike, value: TensorLike, given?: { readonly logSumExp?: boolean }): AttentionResult {
        const options = readRunOptions(given, ['logSumExp']);
        const call = begin(query, key, value, options);
        const one = living();
        if (one.runSync === undefined) throw new TypeError('a kernel that runs at once was expected');
        return finish(call, one.runSync(call), options);
      },
      gradient:
        kernel.gradient === undefined
          ? null
          : gradientRun(
              name,
              plan,
              () => this.#kernels.ranOn,
              (call) => living().gradient?.(call),
              living,
            ),
      dispose: () => {
        if (live === null) return;
        live = null;
        this.#owned.delete(prepared);
        kernel.dispose?.();
      },
    };
    this.#owned.add(prepared);
    return prepared;
  }
}
