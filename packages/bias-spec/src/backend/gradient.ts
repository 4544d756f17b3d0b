// One call of the backward pass: its inputs read and checked, its gradients made room for, and those of the bias folded into parameters.
import { requireKnownKeys } from '../check.ts';
import { ParameterError } from '../errors.ts';
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
  /** Of the forward run. */
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
  /** d loss / d output, checked, as float32. */
  readonly outputGradient: Float32Array;
  /** d loss / d log-sum-exp; null where the loss does not read it. */
  readonly logSumExpGradient: Float32Array | null;
  /** The terms of the bias in float64, as its family lowers to them, and what is to be added to: zeros in their layout. */
  readonly terms: readonly Term<Float64Array>[];
  readonly gradients: Readonly<Record<keyof Inputs, OwnFloat32Array>> & { readonly terms: readonly TermGradient[] };
}

/** What the session makes the backward pass of a prepared problem with. */
export type GradientOfPlan = (name: string, plan: AttentionPlan, ranOn: () => RanOn, requireLive: () => void) => GradientRun;

/**
 * The backward pass of a prepared kernel, around the kernel's part of it, which adds to the gradients of a call.
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
    const terms = plan.bias.lower(plan.positions);
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
      bias: plan.bias.adjoint(plan.positions, gradients.terms),
      ranOn: { ...ranOn(), ...ran },
    } satisfies AttentionGradients;
  };
}

/** What a loss is read as. */
interface LossRead {
  /** The caller's own memory, by the names of errors. */
  readonly tensors: Readonly<Record<string, RawTensor>>;
  readonly numbers: Pick<GradientCall, 'output' | 'logSumExp' | 'outputGradient' | 'logSumExpGradient'>;
}

/** @throws ParameterError or ShapeError where it is no loss of a result of this plan, or has numbers that no gradient is made of. */
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
      // -Infinity where a row sees nothing.
      logSumExp: read('loss.result.logSumExp', forward.logSumExp, shapes.logSumExp, requireNoNaN),
      outputGradient: read('loss.output', output, shapes.output, requireFiniteSquares),
      logSumExpGradient:
        logSumExp === undefined ? null : read('loss.logSumExp', logSumExp, shapes.logSumExp, requireFiniteSquares),
    },
  };
}
