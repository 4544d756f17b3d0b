// One call of the backward pass: reads and checks its inputs, allocates its gradients, folds those of the bias terms into parameters.
import { requireKnownKeys } from '../check.ts';
import { ParameterError, byFamily } from '../errors.ts';
import { show } from '../show.ts';
import type { AttentionPlan } from '../problem.ts';
import type { OwnFloat32Array } from '../own-arrays.ts';
import { rawInputs, shapesOf } from '../problem.ts';
import { requireNoNaN } from '../reproducible/canonical.ts';
import type { Inputs, RawTensor } from '../tensor.ts';
import { elementCount, rawTensor, widened } from '../tensor.ts';
import { requireTensor } from '../read-tensor.ts';
import { zeroTermGradients } from '../terms/gradient.ts';
import type { Term, TermGradient } from '../terms/term.ts';
import type { Call, Ran } from './call.ts';
import { callOn, float32Room, readRan, readRunOptions } from './call.ts';
import type { AttentionGradients, AttentionResult, Float32Tensor, GradientRun, LossGradients, RanOn } from './contract.ts';
import { requireFiniteSquares } from './inputs.ts';

/** A call of the backward pass. */
export interface GradientCall extends Call {
  /** Results of the forward run. */
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
  /** d loss / d output, checked, as float32. */
  readonly outputGradient: Float32Array;
  /** d loss / d log-sum-exp; null if the loss does not depend on it. */
  readonly logSumExpGradient: Float32Array | null;
  /** The terms of the bias in float64, as its family lowers them. `gradients.terms` has zeros in their layout, to be added to. */
  readonly terms: readonly Term<Float64Array>[];
  readonly gradients: Readonly<Record<keyof Inputs, OwnFloat32Array>> & { readonly terms: readonly TermGradient[] };
}

/** Makes the backward pass of a prepared problem. The session calls it. */
export type GradientOfPlan = (name: string, plan: AttentionPlan, ranOn: () => RanOn, requireLive: () => void) => GradientRun;

/**
 * Makes the backward pass of a prepared kernel from the kernel's own part, which adds to the gradients of a call.
 *
 * @example
 * const kernel = { run: () => undefined, gradient: gradientOf(({ gradients }) => void gradients.value.fill(1)) };
 */
export function gradientOf(compute: (call: GradientCall) => Promise<Ran> | Ran): GradientOfPlan {
  if (typeof compute !== 'function') throw new ParameterError({ what: 'gradientOf', got: show(compute), wanted: 'a function' });
  return (name, plan, ranOn, requireLive) => runOf(name, plan, ranOn, compute, requireLive);
}

function runOf(
  name: string,
  plan: AttentionPlan,
  ranOn: () => RanOn,
  compute: (call: GradientCall) => Promise<Ran> | Ran,
  requireLive: () => void,
): GradientRun {
  const shapes = shapesOf(plan);
  const zeros = (of: 'query' | 'key' | 'value'): OwnFloat32Array =>
    float32Room(name, elementCount(shapes[of]), `the gradient of ${of}`);
  const tensor = (data: OwnFloat32Array, of: 'query' | 'key' | 'value'): Float32Tensor => ({
    data,
    shape: shapes[of],
    dtype: 'float32',
  });
  return async (query, key, value, loss, given) => {
    const options = readRunOptions(given, ['signal', 'progress']);
    requireLive();
    const { tensors, numbers } = readLoss(plan, loss);
    const { bias, positions } = plan;
    const terms = byFamily(`${bias.family}.lower`, 'a list of terms', () => bias.lower(positions));
    const call: GradientCall = {
      ...callOn(plan, rawInputs(plan, query, key, value), options, requireLive, tensors),
      ...numbers,
      terms,
      gradients: { query: zeros('query'), key: zeros('key'), value: zeros('value'), terms: zeroTermGradients(terms) },
    };
    const ran = readRan(name, await compute(call));
    options.signal?.throwIfAborted();
    const { gradients } = call;
    return {
      query: tensor(gradients.query, 'query'),
      key: tensor(gradients.key, 'key'),
      value: tensor(gradients.value, 'value'),
      bias: byFamily(`${bias.family}.adjoint`, 'gradients of its parameters', () => bias.adjoint(positions, gradients.terms)),
      ranOn: { ...ranOn(), ...ran },
    } satisfies AttentionGradients;
  };
}

/** A loss, read and checked. */
interface LossRead {
  /** In the caller's memory, by their names in errors. */
  readonly tensors: Readonly<Record<string, RawTensor>>;
  readonly numbers: Pick<GradientCall, 'output' | 'logSumExp' | 'outputGradient' | 'logSumExpGradient'>;
}

/** @throws ParameterError, ShapeError if it does not belong to a result of this plan, or holds numbers that are not finite. */
function readLoss(plan: AttentionPlan, loss: LossGradients): LossRead {
  requireKnownKeys('loss', loss, ['result', 'output', 'logSumExp']);
  const { result, output, logSumExp } = loss;
  const forward = result as Partial<AttentionResult> | undefined;
  if (forward?.output === undefined || forward.logSumExp === undefined) {
    throw new ParameterError({
      what: 'loss.result',
      got: forward?.output === undefined ? show(forward) : 'a result without log-sum-exp',
      wanted: 'the result of a forward run with { logSumExp: true }',
    });
  }
  const shapes = shapesOf(plan);
  const tensors: Record<string, RawTensor> = {};
  const read = (what: string, given: unknown, shape: readonly number[], check: typeof requireNoNaN): Float32Array => {
    const raw = rawTensor(requireTensor(what, given, shape));
    check(what, raw, 0, raw.data.length);
    tensors[what] = raw;
    return widened(raw);
  };
  return {
    tensors,
    numbers: {
      output: read('loss.result.output', forward.output, shapes.output, requireNoNaN),
      // -Infinity for rows that see no key.
      logSumExp: read('loss.result.logSumExp', forward.logSumExp, shapes.logSumExp, requireNoNaN),
      outputGradient: read('loss.output', output, shapes.output, requireFiniteSquares),
      logSumExpGradient:
        logSumExp === undefined ? null : read('loss.logSumExp', logSumExp, shapes.logSumExp, requireFiniteSquares),
    },
  };
}
