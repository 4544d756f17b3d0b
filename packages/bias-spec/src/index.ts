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
  RowScaledGradient,
  ToeplitzForm,
} from './bias.ts';
export type { AttentionResult, Backend, PreparedAttention, RanOn, RunOptions } from './backend.ts';
export type { DebertaBucketOptions } from './buckets/deberta.ts';
export { debertaBucket, debertaRow } from './buckets/deberta.ts';
export type { BucketRounding } from './buckets/log-scale.ts';
export type { T5BucketOptions } from './buckets/t5.ts';
export { bookBuckets, firstDistances, t5Bucket } from './buckets/t5.ts';
export type { TableDefinition, TableLayout } from './buckets/table.ts';
export { normalTable, tableBias } from './buckets/table.ts';
export type { ParameterNumbers } from './check.ts';
export { requireKnownKeys } from './check.ts';
export type { Convention, Scales } from './convention.ts';
export { CONVENTIONS, biasFactor, scalesOf } from './convention.ts';
export type { Complaint } from './errors.ts';
export { DeviceLostError, ParameterError, RelbiasError, ShapeError, UnsupportedError, show } from './errors.ts';
export type { AlibiOptions } from './families/alibi.ts';
export { alibi, alibiFamily } from './families/alibi.ts';
export { alibiSlopes } from './families/alibi-slopes.ts';
export type { BucketedOptions } from './families/bucketed.ts';
export { bucketed, bucketedFamily } from './families/bucketed.ts';
export type { DynamicPositionOptions } from './families/dynamic-position.ts';
export { dynamicPosition, dynamicPositionFamily } from './families/dynamic-position.ts';
export { fireFamily } from './families/fire-family.ts';
export type { FireOptions } from './families/fire.ts';
export { fire } from './families/fire.ts';
export { builtinFamilies } from './families/index.ts';
export { kerpleLog, kerpleLogFamily } from './families/kerple-log.ts';
export type { KerpleOptions } from './families/kerple-parameters.ts';
export { kerplePower, kerplePowerFamily } from './families/kerple-power.ts';
export { none, noneFamily } from './families/none.ts';
export type { PerOffsetOptions } from './families/per-offset.ts';
export { perOffset, perOffsetFamily } from './families/per-offset.ts';
export type { SandwichOptions } from './families/sandwich.ts';
export { sandwich, sandwichFamily } from './families/sandwich.ts';
export type { SwinOptions } from './families/swin.ts';
export { swin, swinFamily, swinPositions } from './families/swin.ts';
export type { T5Options } from './families/t5.ts';
export { t5, t5Family } from './families/t5.ts';
export type { FutureKeys } from './future.ts';
export { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './half.ts';
export type { Inputs, RawInputs } from './inputs.ts';
export { checkInputs, readInputs, readRunOptions, requireFiniteSquares, requireWhole, widenInputs } from './inputs.ts';
export type { KeyRange } from './key-range.ts';
export { keyRange } from './key-range.ts';
export { roundLowered, scaleLowered, tabulated } from './lowered.ts';
export type { ClosedMask, Mask } from './mask.ts';
export { UNBOUNDED, isVisible } from './mask.ts';
export { hasRoom } from './overflow.ts';
export type { ExplicitPositions, Positions } from './positions.ts';
export { contiguousPositions, explicitPositions } from './positions.ts';
export { printable } from './printable.ts';
export type { AttentionPlan, AttentionProblem, AttentionShapes, Numerics } from './problem.ts';
export { planAttention, requireNumerics, shapesOf } from './problem.ts';
export type { Random } from './random.ts';
export { normal } from './random.ts';
export type { Dtype, Float16ArrayLike, RawTensor, Tensor, TensorLike } from './tensor.ts';
export { headsFirst, rawTensor, requireTensor, tensor, toFloat32 } from './tensor.ts';
export type { GradientsOf } from './parameters.ts';
export { fixed, learned, learnedOnly, zeroGradients } from './parameters.ts';
export { withRoom } from './room.ts';
export { rowScaledValue } from './row-scaled.ts';
export type { ToeplitzDefinition } from './toeplitz.ts';
export { toeplitzBias } from './toeplitz.ts';
