// The session of a backend: everything between a problem and a result that does not compute. Problems are planned, profiles refused or
// proven on the device, calls read, checked, aborted and finished, and what was disposed says so. A backend is its kernels.
import { ParameterError, UnsupportedError, isPromise, withRoom } from '../errors.ts';
import { show } from '../show.ts';
import { planAttention } from '../plan.ts';
import type { AttentionPlan, AttentionProblem, Numerics } from '../problem.ts';
import { rawInputs } from '../problem.ts';
import { requireReproducible } from '../reproducible/limits.ts';
import type { ProofResult } from '../reproducible/proof.ts';
import { proveDevice } from '../reproducible/proof.ts';
import type { ProofCall } from '../reproducible/proof-cases.ts';
import { requireLogitsInRange } from '../reproducible/range.ts';
import type { TensorLike } from '../tensor.ts';
import type { AttentionCall, Outputs, Ran } from './call.ts';
import { SPLIT, callOn, disposed, newOutputs, readRan, readRunOptions, requireOutputs, resultOf } from './call.ts';
import type { AttentionResultFor, Backend, PreparedAttention, RanOn, RunOptions } from './contract.ts';
import type { GradientOfPlan } from './gradient.ts';

/** A kernel prepared for one plan. */
export interface PreparedKernel {
  /** Computes a call: fills its outputs. Calls may overlap. */
  run(call: AttentionCall): Promise<Ran> | Ran;
  /** The same at once, for backends whose callers cannot wait. */
  runSync?(call: AttentionCall): Ran;
  /** The backward pass, made by `gradientOf`; left out where there is none. */
  gradient?: GradientOfPlan;
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
  /** The way out for a profile that it does not compute: `The kernel ... does.` */
  readonly numericsHint?: string;
  /** The plan is valid, and within its profile. */
  prepare(plan: AttentionPlan): Promise<K> | K;
  dispose?(): Promise<void> | void;
}

/** A prepared problem of a backend whose kernels run at once. */
export interface SyncPreparedAttention extends PreparedAttention {
  /** The same bits as `run`, at once. Holds the thread until it is done, and cannot be aborted. */
  runSync<LogSumExp extends boolean = false>(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    options?: Pick<RunOptions<LogSumExp>, 'logSumExp'>,
  ): AttentionResultFor<LogSumExp>;
}

/** A prepared problem as the backend has it; `kernel` throws once it is disposed. */
type Prepared<K> = SyncPreparedAttention & { readonly kernel: () => K };

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
    async prepare(problem) {
      const { plan, run, gradient, dispose } = await session.prepare(problem);
      return { plan, run, gradient, dispose };
    },
    dispose: () => session.dispose(),
  };
}

/** A profile that a backend does not offer is refused, never replaced. @throws UnsupportedError. */
export function requireNumerics(backend: string, plan: AttentionPlan, offered: readonly Numerics[], hint?: string): void {
  if (offered.includes(plan.numerics)) return;
  throw new UnsupportedError({
    what: `${backend}: problem.numerics`,
    got: show(plan.numerics),
    wanted: offered.map(show).join(' or '),
    hint:
      hint ??
      (offered.includes('fast')
        ? 'Leave numerics out, or open a backend that offers this profile.'
        : 'Open a backend that offers this profile.'),
  });
}

/** The session, for backends that offer more than the contract. */
export class Session<K extends PreparedKernel = PreparedKernel> {
  readonly #kernels: Kernels<K>;
  readonly #owned = new Set<Owned>();
  #disposed = false;
  #proven = false;
  #proof: Promise<void> | undefined;

  /** @throws ParameterError where the kernels cannot prepare, or offer no profile. */
  constructor(kernels: Kernels<K>) {
    requireFunction('kernels.prepare', kernels.prepare);
    const { numerics } = kernels as { readonly numerics?: unknown };
    const known =
      Array.isArray(numerics) && numerics.length > 0 && numerics.every((one) => one === 'fast' || one === 'reproducible');
    if (!known)
      throw new ParameterError({ what: 'kernels.numerics', got: show(numerics), wanted: "some of 'fast' and 'reproducible'" });
    this.#kernels = kernels;
  }

  /** At once, where the kernels prepare at once. */
  prepare(problem: AttentionProblem): Prepared<K> | Promise<Prepared<K>> {
    this.requireOpen();
    const plan = planAttention(problem);
    return after(this.admit(plan), () => this.#prepared(plan, true));
  }

  /** @throws DeviceLostError once the backend is disposed. */
  requireOpen(): void {
    if (this.#disposed) throw disposed(this.#kernels.name, 'backend');
  }

  /**
   * Refuses a profile that the backend does not offer, and proves the device before the first promise of bits: it computes the cases that
   * tell devices apart. Who asks meanwhile waits for the same answer. At once, where the kernels run at once.
   *
   * @throws UnsupportedError.
   */
  admit(plan: AttentionPlan): void | Promise<void> {
    const { name, numerics, numericsHint } = this.#kernels;
    requireNumerics(name, plan, numerics, numericsHint);
    if (plan.numerics === 'fast') return undefined;
    requireReproducible(plan);
    if (this.#proven) return undefined;
    if (this.#proof !== undefined) return this.#proof;
    const proof = proveDevice(name, (call) =>
      after(this.#prepared(planAttention(call.problem), false), (one) => proofOf(one, call)),
    );
    if (proof === undefined) {
      this.#proven = true;
      return undefined;
    }
    this.#proof = this.#proveBy(proof);
    return this.#proof;
  }

  async #proveBy(proof: Promise<void>): Promise<void> {
    try {
      await proof;
      this.#proven = true;
    } finally {
      this.#proof = undefined;
    }
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
    // One that fails keeps no other from going.
    const failures: unknown[] = [];
    for (const one of this.#owned) {
      try {
        one.dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    try {
      await this.#kernels.dispose?.();
    } catch (error) {
      failures.push(error);
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1)
      throw new AggregateError(failures, `${this.#kernels.name}: ${failures.length} parts failed in dispose`);
  }

  #prepared(plan: AttentionPlan, inRange: boolean): Prepared<K> | Promise<Prepared<K>> {
    // It may have been disposed while the device was proven.
    this.requireOpen();
    const { name } = this.#kernels;
    const { minDistance, maxDistance } = plan.positions;
    const tables = `the tables of a bias of ${plan.heads} heads from distance ${minDistance} to ${maxDistance}`;
    const kernel = withRoom(name, tables, SPLIT, () => this.#kernels.prepare(plan));
    return after(kernel, (made) => {
      if (!this.#disposed) return this.#own(plan, made, inRange);
      made.dispose?.();
      throw disposed(name, 'backend');
    });
  }

  /** `inRange`: whether results beyond the range of the profile are refused. The proof alone looks at them: there devices differ. */
  #own(plan: AttentionPlan, kernel: K, inRange: boolean): Prepared<K> {
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
      const own = one.outputsFor?.(raw) ?? null;
      const outputs = own === null ? newOutputs(name, plan) : requireOutputs(name, plan, own);
      return { ...callOn(plan, raw, options, living), outputs };
    };
    const finish = <L extends boolean>({ outputs }: AttentionCall, ran: Ran, options: RunOptions<L>): AttentionResultFor<L> => {
      if (inRange && plan.numerics === 'reproducible') requireLogitsInRange(plan, outputs.logSumExp);
      return resultOf(plan, outputs, { ...this.#kernels.ranOn, ...readRan(name, ran) }, options);
    };

    requireFunction(`${name}: run of a prepared kernel`, (kernel as Partial<K> | null | undefined)?.run);
    const gradient = kernel.gradient === undefined ? null : kernel.gradient(name, plan, () => this.#kernels.ranOn, living);
    if (gradient !== null) requireFunction(`${name}: gradient of a prepared kernel`, gradient, 'what gradientOf makes');

    const prepared: Prepared<K> = {
      plan,
      kernel: living,
      async run(query, key, value, given) {
        const options = readRunOptions(given);
        const call = begin(query, key, value, options);
        const ran = await living().run(call);
        options.signal?.throwIfAborted();
        return finish(call, ran, options);
      },
      runSync(query, key, value, given) {
        const options = readRunOptions(given, ['logSumExp']);
        const call = begin(query, key, value, options);
        const one = living();
        if (one.runSync === undefined) throw new TypeError('a kernel that runs at once was expected');
        return finish(call, one.runSync(call), options);
      },
      gradient,
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

function requireFunction(what: string, given: unknown, wanted = 'a function'): void {
  if (typeof given !== 'function') throw new ParameterError({ what, got: show(given), wanted });
}

/** What `make` makes of a value, at once or when it is there. */
function after<T, R>(value: T | Promise<T>, make: (value: T) => R | Promise<R>): R | Promise<R> {
  return isPromise(value) ? Promise.resolve(value).then(make) : make(value);
}

/** A case of the start-up check, at once where that can be. */
function proofOf(
  { kernel, run, runSync, dispose }: Prepared<PreparedKernel>,
  { query, key, value }: ProofCall,
): ProofResult | Promise<ProofResult> {
  const options = { logSumExp: true } as const;
  if (kernel().runSync === undefined) return run(query, key, value, options).finally(dispose);
  try {
    return runSync(query, key, value, options);
  } finally {
    dispose();
  }
}
