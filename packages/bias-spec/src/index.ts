// The public face of @relbias/bias-spec: families, problems, conventions, the backend contract. The oracle has its own subpath.
export type {
  Bias,
  Diagnostic,
  FamilyCase,
  FamilyDefinition,
  LoweredBias,
  LoweredGradient,
  NoForm,
  Parameter,
  ParameterDoc,
  ParameterGradients,
  Parameters,
  RowScaledForm,
  ToeplitzForm,
} from './bias.ts';
export type { AttentionResult, Backend, PreparedAttention, RanOn, RunOptions } from './backend.ts';
export type { Convention, Scales } from './convention.ts';
export { CONVENTIONS, biasFactor, scalesOf } from './convention.ts';
export type { Complaint } from './errors.ts';
export { DeviceLostError, ParameterError, RelbiasError, ShapeError, UnsupportedError, show } from './errors.ts';
export type { AlibiOptions } from './families/alibi.ts';
export { alibi, alibiFamily, alibiSlopes } from './families/alibi.ts';
export { builtinFamilies } from './families/index.ts';
export { none, noneFamily } from './families/none.ts';
export type { FutureKeys } from './future.ts';
export { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './half.ts';
export type { Inputs } from './inputs.ts';
export { readInputs } from './inputs.ts';
export type { KeyRange } from './key-range.ts';
export { keyRange } from './key-range.ts';
export { roundLowered, scaleLowered } from './lowered.ts';
export type { ClosedMask, Mask } from './mask.ts';
export { UNBOUNDED, isVisible } from './mask.ts';
export type { ExplicitPositions, Positions } from './positions.ts';
export { contiguousPositions, explicitPositions } from './positions.ts';
export type { AttentionPlan, AttentionProblem, AttentionShapes, Numerics } from './problem.ts';
export { planAttention, requireNumerics, shapesOf } from './problem.ts';
export type { Random } from './random.ts';
export { normal } from './random.ts';
export type { Dtype, Float16ArrayLike, Tensor, TensorLike } from './tensor.ts';
export { requireTensor, tensor, toFloat32 } from './tensor.ts';
export type { GradientsOf } from './parameters.ts';
export { fixed, learned, learnedOnly, zeroGradients } from './parameters.ts';
export type { ToeplitzDefinition } from './toeplitz.ts';
export { toeplitzBias } from './toeplitz.ts';
