// The session of a backend: everything between a problem and its result except the kernels. It plans problems, refuses numerics profiles or
// proves that the device can compute them, reads, checks, aborts and finishes calls, and throws when something disposed is used.
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

/** A kernel, prepared for one plan. */
export interface PreparedKernel {
  /** Computes a call and fills its outputs. Calls may overlap. */
  run(call: AttentionCall): Promise<Ran> | Ran;
  /** The same synchronously, for callers that cannot await. */
  runSync?(call: AttentionCall): Ran;
  /** The backward pass, made by `gradientOf`; left out if there is none. */
  gradient?: GradientOfPlan;
  /** The kernel's own memory for results on these inputs, if it has any; by default the session allocates new arrays. */
  outputsFor?(inputs: AttentionCall['raw']): Outputs | null;
  /** Frees the memory of `prepare`. May be called during a call, which then ends at its next `proceed`. */
  dispose?(): void;
}

/** The kernels of a backend. The session adds everything else. */
export interface Kernels<K extends PreparedKernel = PreparedKernel> {
  /** The backend's name in errors: `cpu wasm`. */
  readonly name: string;
  /** What computes at this moment. */
  readonly ranOn: RanOn;
  /** The numeric profiles that it offers. */
  readonly numerics: readonly Numerics[];
  /** The hint for a profile that it does not compute: `The kernel ... does.` */
  readonly numericsHint?: string;
  /** Prepares a kernel. The plan is valid and within its numeric profile. */
  prepare(plan: AttentionPlan): Promise<K> | K;
  dispose?(): Promise<void> | void;
}

/** A prepared problem of a backend whose kernels also run synchronously. */
export interface SyncPreparedAttention extends PreparedAttention {
  /** Returns the same bits as `run`, synchronously. Blocks the thread and cannot be aborted. */
  runSync<LogSumExp extends boolean = false>(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    options?: Pick<RunOptions<LogSumExp>, 'logSumExp'>,
  ): AttentionResultFor<LogSumExp>;
}

/** A prepared problem inside the backend; `kernel` throws once it is disposed. */
type Prepared<K> = SyncPreparedAttention & { readonly kernel: () => K };

/** Something that is disposed with the backend. */
interface Owned {
  dispose(): void;
}

/** Makes a backend of kernels. */
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

/** Refuses a numeric profile that the backend does not offer; it never falls back to another. @throws UnsupportedError. */
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

/** The session, for backends with more methods than the contract. */
export class Session<K extends PreparedKernel = PreparedKernel> {
  readonly #kernels: Kernels<K>;
  readonly #owned = new Set<Owned>();
  #disposed = false;
  #proven = false;
  #proof: Promise<void> | undefined;

  /** @throws ParameterError if the kernels have no `prepare` or offer no profile. */
  constructor(kernels: Kernels<K>) {
    requireFunction('kernels.prepare', kernels.prepare);
    const { numerics } = kernels as { readonly numerics?: unknown };
    const known =
      Array.isArray(numerics) && numerics.length > 0 && numerics.every((one) => one === 'fast' || one === 'reproducible');
    if (!known)
      throw new ParameterError({ what: 'kernels.numerics', got: show(numerics), wanted: "some of 'fast' and 'reproducible'" });
    this.#kernels = kernels;
  }

  /** Synchronous if the kernels prepare synchronously. */
  prepare(problem: AttentionProblem): Prepared<K> | Promise<Prepared<K>> {
    this.requireOpen();
    const plan = planAttention(problem);
    return after(this.admit(plan), () => this.#prepared(plan, true));
  }

  /** @throws DeviceLostError if the backend is disposed. */
  requireOpen(): void {
    if (this.#disposed) throw disposed(this.#kernels.name, 'backend');
  }

  /**
   * Refuses a numeric profile that the backend does not offer. Before the first `reproducible` problem it proves the device: it computes the
   * cases that distinguish devices and compares bits. Concurrent callers wait for the same proof. Synchronous if the kernels are.
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

  /** Disposes this with the backend, unless `disown` comes first. */
  own(owned: Owned): void {
    this.#owned.add(owned);
  }

  disown(owned: Owned): void {
    this.#owned.delete(owned);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // A failure does not keep the others from being disposed.
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
    // The backend may have been disposed during the proof.
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

  /** `inRange`: whether results outside the range of the profile are refused. Only the proof reads them, because they distinguish devices. */
  #own(plan: AttentionPlan, kernel: K, inRange: boolean): Prepared<K> {
    const { name } = this.#kernels;
    // null once disposed: a prepared problem that is still referenced must not keep the kernel's memory.
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
        if (one.runSync === undefined) throw new TypeError('expected a kernel that runs synchronously');
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

/** `make(value)`, awaiting the value if it is a promise. */
function after<T, R>(value: T | Promise<T>, make: (value: T) => R | Promise<R>): R | Promise<R> {
  return isPromise(value) ? Promise.resolve(value).then(make) : make(value);
}

/** One case of the start-up proof, synchronous if the kernel can be. */
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
