// A backend as the cases see it. Everything it returns is read once, into memory of the judge's own, so that no case can be shown one
// thing first and another later; what only shows over a whole case (a result that changes after it was returned, a dispose that throws)
// is remembered until the case ends.
import type {
  AttentionGradients,
  AttentionResult,
  Backend,
  Float32Tensor,
  GradientRun,
  ParameterGradients,
  PreparedAttention,
  RanOn,
  Tensor,
  TensorLike,
} from '@relbias/bias-spec';
import { printable, show } from '@relbias/bias-spec/backend';
import { describeThrown } from './foreign.ts';
import type { Verdict } from './result.ts';
import { fail } from './result.ts';

/** More axes than any tensor of attention has. */
const MAX_RANK = 8;

/** The getters of every typed array themselves: a subclass, or a property laid over an array, cannot answer in their place. */
const typedArray = Object.getPrototypeOf(Float32Array.prototype) as object;
const classOf = getter(Symbol.toStringTag) as (array: unknown) => string | undefined;
const bufferOf = getter('buffer') as (array: unknown) => ArrayBufferLike;
const lengthOf = getter('length') as (array: unknown) => number;

function getter(name: PropertyKey): (array: unknown) => unknown {
  const get = Object.getOwnPropertyDescriptor(typedArray, name)?.get as () => unknown;
  return (array) => Reflect.apply(get, array, []);
}

/** A result that breaks the contract before any number is looked at. */
class WrongResult extends Error {}

interface Returned {
  readonly what: string;
  readonly live: Float32Array;
  readonly copy: Float32Array;
}

/** One backend under one case. */
export class Guard {
  readonly backend: Backend;
  readonly #returned: Returned[] = [];
  #wrong: string | null = null;
  #disposal: string | null = null;

  constructor(backend: Backend) {
    this.backend = {
      get ranOn() {
        return copyOfRanOn(backend.ranOn);
      },
      // Neither this nor `run` is async: a call that throws at once instead of rejecting must be seen to do so.
      prepare: (problem) => Promise.resolve(backend.prepare(problem)).then((prepared) => this.#prepared(prepared)),
      dispose: () => backend.dispose(),
    };
  }

  /** The verdict on the case, given what was seen besides. */
  async conclude(verdict: Verdict): Promise<Verdict> {
    if (this.#wrong !== null) return fail(this.#wrong);
    if (verdict.status === 'fail') return verdict;
    // Whoever else holds such memory gets one turn to write to it.
    if (this.#returned.some(({ live }) => isHeldByOthers(bufferOf(live)))) await new Promise((resolve) => setTimeout(resolve, 0));
    const changed = this.#returned.find(({ live, copy }) => lengthOf(live) !== copy.length || !sameBits(live, copy));
    if (changed !== undefined) return fail(`${changed.what} changed after it was returned: a later call must not touch it.`);
    return this.#disposal === null ? verdict : fail(this.#disposal);
  }

  #prepared(prepared: PreparedAttention): PreparedAttention {
    const { gradient } = prepared;
    return {
      plan: prepared.plan,
      // What is no function is for claims/gradient to find.
      gradient: typeof gradient === 'function' ? this.#backward(gradient) : gradient,
      run: (query, key, value, options) =>
        Promise.resolve(prepared.run(query, key, value, options)).then((result) => this.#read(result, { query, key, value })),
      dispose: () => {
        try {
          const returned: unknown = prepared.dispose();
          // Promised nothing, but who returns a promise that rejects should hear of it.
          Promise.resolve(returned).catch((error: unknown) => this.#disposeFailed(error));
        } catch (error) {
          this.#disposeFailed(error);
        }
      },
    };
  }

  #backward(gradient: GradientRun): GradientRun {
    return (query, key, value, loss, options) =>
      Promise.resolve(gradient(query, key, value, loss, options)).then((gradients) =>
        this.#reading('gradients', () =>
          this.#gradients(gradients, { query, key, value, 'the gradient of the output': loss.output }),
        ),
      );
  }

  #disposeFailed(error: unknown): void {
    this.#disposal ??= `dispose() of a prepared problem threw ${describeThrown(error)}.`;
  }

  #read(result: AttentionResult, inputs: Readonly<Record<string, TensorLike>>): AttentionResult {
    return this.#reading('result', () => {
      const { output, logSumExp, ranOn } = result;
      return {
        output: this.#tensor('output', output, inputs),
        ...(logSumExp === undefined ? {} : { logSumExp: this.#tensor('logSumExp', logSumExp, inputs) }),
        ranOn: copyOfRanOn(ranOn),
      };
    });
  }

  #gradients(given: AttentionGradients, inputs: Readonly<Record<string, TensorLike>>): AttentionGradients {
    const { query, key, value, bias, ranOn } = given;
    return {
      query: this.#tensor('the gradient of query', query, inputs),
      key: this.#tensor('the gradient of key', key, inputs),
      value: this.#tensor('the gradient of value', value, inputs),
      bias: copyOfParameters(bias),
      ranOn: copyOfRanOn(ranOn),
    };
  }

  #reading<R>(what: string, read: () => R): R {
    try {
      return read();
    } catch (error) {
      this.#wrong ??= error instanceof WrongResult ? error.message : `The ${what} cannot be read: ${describeThrown(error)}.`;
      throw error;
    }
  }

  #tensor(what: string, given: Tensor, inputs: Readonly<Record<string, TensorLike>>): Float32Tensor {
    const { data, shape, dtype } = given;
    if (classOf(data) !== 'Float32Array') throw new WrongResult(`${what}.data: got ${show(data)}, want a Float32Array.`);
    const live = data as Float32Array;
    if (Object.getPrototypeOf(live) !== Float32Array.prototype) {
      throw new WrongResult(`${what}.data: got a subclass of Float32Array, want a Float32Array.`);
    }
    const buffer = bufferOf(live);
    for (const [name, input] of Object.entries(inputs)) {
      if (bufferOf('data' in input ? input.data : input) === buffer) {
        throw new WrongResult(`${what} shares its memory with ${name}.`);
      }
    }
    const copy = new Float32Array(live);
    this.#returned.push({ what, live, copy });
    // Another dtype is for the cases to find.
    return { data: copy, shape: copyOfShape(what, shape), dtype: dtype as 'float32' };
  }
}

function isHeldByOthers(buffer: ArrayBufferLike & { readonly resizable?: boolean }): boolean {
  return !(buffer instanceof ArrayBuffer) || buffer.resizable === true;
}

function copyOfShape(what: string, shape: readonly number[]): number[] {
  const rank = Array.isArray(shape) ? shape.length : -1;
  if (rank >= 0 && rank <= MAX_RANK) return Array.from({ length: rank }, (_, axis) => shape[axis]);
  throw new WrongResult(`${what}.shape: got ${show(shape)}, want a list of at most ${MAX_RANK} numbers.`);
}

function copyOfParameters(gradients: ParameterGradients): ParameterGradients {
  const copies = Object.entries(gradients).map(([name, data]) => {
    if (classOf(data) === 'Float64Array') return [name, new Float64Array(data)] as const;
    throw new WrongResult(`the gradient of bias.${name}: got ${show(data)}, want a Float64Array.`);
  });
  return Object.fromEntries(copies);
}

/** Each field read once; what they hold is for the cases to judge. */
function copyOfRanOn({ backend, kernel, device, variant, threads, arithmetic }: RanOn): RanOn {
  return {
    backend,
    kernel,
    device,
    ...(variant === undefined ? {} : { variant }),
    ...(threads === undefined ? {} : { threads }),
    arithmetic,
  };
}

/**
 * What a backend says of itself, as a report can print it, whatever that is and whether or not it can be read.
 *
 * @example
 * printableRanOn(naiveBackend()).kernel; // 'rows'
 */
export function printableRanOn(backend: Backend): RanOn {
  let ranOn: Partial<RanOn> = {};
  try {
    ranOn = copyOfRanOn(backend.ranOn);
  } catch {
    // claims/ran-on says so; the report has the words below.
  }
  const { threads, variant } = ranOn;
  const text = (name: 'backend' | 'kernel' | 'device' | 'arithmetic'): string =>
    typeof ranOn[name] === 'string' ? printable(ranOn[name]) : 'unnamed';
  return {
    backend: text('backend'),
    kernel: text('kernel'),
    device: text('device'),
    ...(typeof variant === 'string' ? { variant: printable(variant) } : {}),
    ...(typeof threads === 'number' ? { threads } : {}),
    arithmetic: text('arithmetic') as RanOn['arithmetic'],
  };
}

function sameBits(live: Float32Array, copy: Float32Array): boolean {
  const [a, b] = [new Float32Array(live), copy].map(({ buffer, length }) => new Uint32Array(buffer, 0, length));
  return a.every((word, index) => word === b[index]);
}
