// Wraps a backend for one case. Everything it returns is read once and copied, so a case cannot see two different answers. Faults that
// show only at the end of a case (a result that changed after it was returned, a dispose that threw) are recorded until then.
import type {
  AttentionGradients,
  AttentionResult,
  Backend,
  Float32Tensor,
  GradientRun,
  PreparedAttention,
  RanOn,
  Tensor,
  TensorLike,
} from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import { WrongAnswer, describeThrown, sentence } from './foreign.ts';
import { copyOfRanOn } from './ran-on.ts';
import type { Verdict } from './result.ts';
import { fail } from './result.ts';

/** More axes than any tensor of attention has. */
const MAX_RANK = 8;

/** The built-in getters of typed arrays: a subclass or an own property cannot replace them. */
const typedArray = Object.getPrototypeOf(Float32Array.prototype) as object;
const classOf = getter(Symbol.toStringTag) as (array: unknown) => string | undefined;
const bufferOf = getter('buffer') as (array: unknown) => ArrayBufferLike;
const lengthOf = getter('length') as (array: unknown) => number;

function getter(name: PropertyKey): (array: unknown) => unknown {
  const get = Object.getOwnPropertyDescriptor(typedArray, name)?.get as () => unknown;
  return (array) => Reflect.apply(get, array, []);
}

/** The classes of returned numbers: gradients of the bias are float64. */
const CLASSES = { Float32Array, Float64Array };
type Numbers = Float32Array | Float64Array;

interface Returned {
  readonly what: string;
  readonly live: Numbers;
  readonly copy: Numbers;
}

/** The tensors that a call received, by their names in errors. */
type Received = Readonly<Record<string, TensorLike | undefined>>;

/** One backend under one case. */
export class Guard {
  readonly backend: Backend;
  readonly #returned: Returned[] = [];
  #wrong: string | null = null;
  #disposal: string | null = null;

  constructor(backend: Backend) {
    const ranOn = (): RanOn => this.#reading('ranOn', () => copyOfRanOn('ranOn', backend.ranOn));
    this.backend = {
      get ranOn() {
        return ranOn();
      },
      // `prepare`, `run` and `gradient` are not async: a call that throws at once instead of rejecting must show.
      prepare: (problem) =>
        Promise.resolve(backend.prepare(problem)).then((prepared) =>
          this.#reading('prepared problem', () => this.#prepared(prepared)),
        ),
      dispose: () => backend.dispose(),
    };
  }

  /** The verdict on the case, with the faults that were recorded. */
  async conclude(verdict: Verdict): Promise<Verdict> {
    if (this.#wrong !== null) return fail(this.#wrong);
    if (verdict.status === 'fail') return verdict;
    // Anyone else who holds this memory gets one turn of the event loop to write to it.
    if (this.#returned.some(({ live }) => isHeldByOthers(bufferOf(live)))) await new Promise((resolve) => setTimeout(resolve, 0));
    const changed = this.#returned.find(({ live, copy }) => lengthOf(live) !== copy.length || !sameBits(live, copy));
    if (changed !== undefined) return fail(`${changed.what} changed after it was returned: a later call must not touch it.`);
    return this.#disposal === null ? verdict : fail(this.#disposal);
  }

  #prepared(prepared: PreparedAttention): PreparedAttention {
    requireObject('prepare', prepared, 'a prepared problem ({ plan, run, gradient, dispose })');
    const { plan, gradient } = prepared;
    for (const name of ['run', 'dispose'] as const) {
      if (typeof prepared[name] !== 'function')
        throw new WrongAnswer(`prepared.${name}: got ${show(prepared[name])}, want a function.`);
    }
    requireObject('prepared.plan', plan, 'the plan of the problem');
    return {
      plan,
      // The case claims/gradient reports anything but null or a function.
      gradient: typeof gradient === 'function' ? this.#backward(prepared, gradient) : gradient,
      run: (query, key, value, options) =>
        Promise.resolve(prepared.run(query, key, value, options)).then((result) => this.#read(result, { query, key, value })),
      dispose: () => {
        try {
          const returned: unknown = prepared.dispose();
          // dispose need not return a promise, but if it returns one that rejects, that is reported.
          Promise.resolve(returned).catch((error: unknown) => this.#disposeFailed(error));
        } catch (error) {
          this.#disposeFailed(error);
        }
      },
    };
  }

  #backward(prepared: PreparedAttention, gradient: GradientRun): GradientRun {
    return (query, key, value, loss, options) => {
      const { result, output, logSumExp } = loss;
      const received: Received = {
        query,
        key,
        value,
        'loss.output': output,
        'loss.logSumExp': logSumExp,
        'loss.result.output': result.output,
        'loss.result.logSumExp': result.logSumExp,
      };
      // Called as a method, like `run`.
      const returned = Reflect.apply(gradient, prepared, [query, key, value, loss, options]);
      return Promise.resolve(returned).then((gradients) =>
        this.#reading('gradients', () => this.#gradients(gradients, received)),
      );
    };
  }

  #disposeFailed(error: unknown): void {
    this.#disposal ??= sentence(`dispose() of a prepared problem threw ${describeThrown(error)}`);
  }

  #read<R extends AttentionResult>(result: R, received: Received): R {
    return this.#reading('result', () => {
      requireObject('run', result, 'a result ({ output, ranOn })');
      const { output, logSumExp, ranOn } = result;
      // The cases check whether the log-sum-exp is there as asked.
      return {
        output: this.#tensor('output', output, received),
        ...(logSumExp === undefined ? {} : { logSumExp: this.#tensor('logSumExp', logSumExp, received) }),
        ranOn: copyOfRanOn('ranOn of the result', ranOn),
      } as R;
    });
  }

  #gradients(given: AttentionGradients, received: Received): AttentionGradients {
    requireObject('gradient', given, 'gradients ({ query, key, value, bias, ranOn })');
    const { query, key, value, bias, ranOn } = given;
    requireObject('the gradient of bias', bias, 'an object of gradients by parameter');
    const parameters = Object.entries(bias).map(([name, data]) => {
      const what = `the gradient of bias.${name}`;
      return [name, this.#numbers('Float64Array', what, what, data, received)] as const;
    });
    return {
      query: this.#tensor('the gradient of query', query, received),
      key: this.#tensor('the gradient of key', key, received),
      value: this.#tensor('the gradient of value', value, received),
      bias: Object.fromEntries(parameters),
      ranOn: copyOfRanOn('ranOn of the gradients', ranOn),
    };
  }

  #reading<R>(what: string, read: () => R): R {
    try {
      return read();
    } catch (error) {
      this.#wrong ??=
        error instanceof WrongAnswer ? error.message : sentence(`The ${what} cannot be read: ${describeThrown(error)}`);
      throw error;
    }
  }

  #tensor(what: string, given: Tensor, received: Received): Float32Tensor {
    requireObject(what, given, 'a tensor ({ data, shape, dtype })');
    const { data, shape, dtype } = given;
    const copy = this.#numbers('Float32Array', what, `${what}.data`, data, received);
    // The cases check the dtype.
    return { data: copy, shape: copyOfShape(what, shape), dtype: dtype as 'float32' };
  }

  /** A copy of the numbers at `where`, which must be of that class and in memory that is not an input's. */
  #numbers<Name extends keyof typeof CLASSES>(
    name: Name,
    what: string,
    where: string,
    given: unknown,
    received: Received,
  ): InstanceType<(typeof CLASSES)[Name]> {
    if (classOf(given) !== name) throw new WrongAnswer(`${where}: got ${show(given)}, want a ${name}.`);
    const live = given as Numbers;
    if (Object.getPrototypeOf(live) !== CLASSES[name].prototype) {
      throw new WrongAnswer(`${where}: got a subclass of ${name}, want a ${name}.`);
    }
    const buffer = bufferOf(live);
    for (const [other, input] of Object.entries(received)) {
      if (input !== undefined && bufferOf('data' in input ? input.data : input) === buffer) {
        throw new WrongAnswer(`${what} shares its memory with ${other}.`);
      }
    }
    const copy = copyOf(where, name, live);
    this.#returned.push({ what, live, copy });
    return copy as InstanceType<(typeof CLASSES)[Name]>;
  }
}

/** @throws WrongAnswer if the buffer of the numbers was transferred. */
function copyOf(where: string, name: keyof typeof CLASSES, live: Numbers): Numbers {
  try {
    return new CLASSES[name](live);
  } catch {
    throw new WrongAnswer(`${where}: got a ${name} whose buffer was transferred, want one that still has its memory.`);
  }
}

/** @throws WrongAnswer. */
function requireObject(what: string, given: unknown, wanted: string): void {
  if (given === null || typeof given !== 'object') throw new WrongAnswer(`${what}: got ${show(given)}, want ${wanted}.`);
}

function isHeldByOthers(buffer: ArrayBufferLike & { readonly resizable?: boolean }): boolean {
  return !(buffer instanceof ArrayBuffer) || buffer.resizable === true;
}

function copyOfShape(what: string, shape: readonly number[]): number[] {
  const rank = Array.isArray(shape) ? shape.length : -1;
  const copy = Array.from({ length: rank >= 0 && rank <= MAX_RANK ? rank : 0 }, (_, axis): unknown => shape[axis]);
  if (copy.length === rank && copy.every((one): one is number => typeof one === 'number')) return copy;
  throw new WrongAnswer(`${what}.shape: got ${show(shape)}, want a list of at most ${MAX_RANK} numbers.`);
}

function sameBits(live: Numbers, copy: Numbers): boolean {
  const now = copy instanceof Float64Array ? new Float64Array(live) : new Float32Array(live);
  const [a, b] = [now, copy].map(({ buffer }) => new Uint32Array(buffer));
  return a.every((word, index) => word === b[index]);
}
