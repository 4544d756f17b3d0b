// The public face of @relbias/bias-spec/backend: what those who write backends need beside the contract. A backend is its kernels; the
// session does the rest.
export type { AttentionCall, Call, Outputs, Ran } from './call.ts';
export { SPLIT, disposed, macrotask, mebibytes, newOutputs, proceeding, readRunOptions, requireWhole, resultOf } from './call.ts';
export type { GradientCall, GradientOfPlan } from './gradient.ts';
export { gradientOf } from './gradient.ts';
export { checkInputs, readInputs, requireFiniteSquares, requireSafeMagnitudes, widenInputs } from './inputs.ts';
export { hasRoom } from './overflow.ts';
export type { Runtime } from './runtime.ts';
export { runtime } from './runtime.ts';
export type { Kernels, PreparedKernel, SyncPreparedAttention } from './session.ts';
export { Session, backendOf, requireNumerics } from './session.ts';
export { requireKnownKeys } from '../check.ts';
export { withRoom } from '../errors.ts';
export { show } from '../show.ts';
export type { ClosedMask, KeyRange } from '../mask.ts';
export { UNBOUNDED, isVisible, keyRange } from '../mask.ts';
export { replan } from '../plan.ts';
export { printable } from '../printable.ts';
export { hintFor } from '../spelling.ts';
export type { Sizes } from '../problem.ts';
export { SIZE_KEYS, keyValueHead, keyValueRow, rawInputs } from '../problem.ts';
export type { Inputs, RawInputs, RawTensor } from '../tensor.ts';
export { elementCount, rawTensor } from '../tensor.ts';
export { readTensor, requireTensor, statedShape } from '../read-tensor.ts';
export { addToGradients, zeroTermGradients } from '../terms/gradient.ts';
export type { BiasHandlers } from '../terms/lowered.ts';
export { isPerDistance, pairReader, readBias, sumOf } from '../terms/lowered.ts';
export type { PairReader, TermHandlers, TermKind } from '../terms/term.ts';
