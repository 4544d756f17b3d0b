// One call of the backward pass: its inputs read and checked, its gradients made room for, and those of the bias folded into parameters.
import { ParameterError } from '../errors.ts';
import type { AttentionPlan } from '../problem.ts';
import { rawInputs, shapesOf } from '../problem.ts';
import type { Inputs, RawTensor, TensorLike } from '../tensor.ts';
import { rawTensor, requireTensor, toFloat32 } from '../tensor.ts';
import { zeroTermGradients } from '../terms/gradient.ts';
import type { Term, TermGradient } from '../terms/term.ts';
import type { Call, Ran } from './call.ts';
import { callOn, float32Room, readRunOptions } from './call.ts';
import type { AttentionGradients, Float32Tensor, GradientRun, LossGradients, RanOn } from './contract.ts';
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
  readonly gradients: Inputs & { readonly terms: readonly TermGradient[] };
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
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
  const zeros = (of: 'query' | 'key' | 'value'): Float32Array => float32Room(name, sizeOf(shapes[of]), `the gradient of ${of}`);
  const tensor = (data: Float32Array, of: 'query' | 'key' | 'value'): Float32Tensor => ({
    data,
    shape: shapes[of],
    dtype: 'float32',
  });
  return async (query, key, value, loss, given) => {
    const options = readRunOptions(given, ['signal', 'progress']);
    requireLive();
    const terms = plan.bias.lower(plan.positions);
    const call: GradientCall = {
      ...callOn(plan, rawInputs(plan, query, key, value), options, requireLive),
      ...readLoss(plan, loss),
      terms,
      gradients: { query: zeros('query'), key: zeros('key'), value: zeros('value'), terms: zeroTermGradients(terms) },
    };
    const ran = await compute(call);
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

function readLoss(
  plan: AttentionPlan,
  { result, output, logSumExp }: LossGradients,
): Pick<GradientCall, 'output' | 'logSumExp' | 'outputGradient' | 'logSumExpGradient'> {
  const shapes = shapesOf(plan);
  if (result.logSumExp === undefined) {
    throw new ParameterError({
      what: 'loss.result',
      got: 'a result without log-sum-exp',
      wanted: 'one that was run with { logSumExp: true }',
    });
  }
  return {
    output: toFloat32(requireTensor('loss.result.output', result.output, shapes.output)),
    logSumExp: toFloat32(requireTensor('loss.result.logSumExp', result.logSumExp, shapes.logSumExp)),
    outputGradient: finite('loss.output', output, shapes.output),
    logSumExpGradient: logSumExp === undefined ? null : finite('loss.logSumExp', logSumExp, shapes.logSumExp),
  };
}

function finite(what: string, given: TensorLike, shape: readonly number[]): Float32Array {
  const checked = requireTensor(what, given, shape);
  const raw: RawTensor = rawTensor(checked);
  requireFiniteSquares(what, raw, 0, raw.data.length);
  return toFloat32(checked);
}
