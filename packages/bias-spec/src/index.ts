// The exports of @relbias/bias-spec: families, problems, tensors, conventions, errors. Authors of backends find the rest in
// @relbias/bias-spec/backend, the references that judge them in @relbias/bias-spec/oracle and @relbias/bias-spec/reproducible.
export type { Bias, Diagnostic, Parameter, ParameterGradients, Parameters } from './bias.ts';
export { readValue } from './bias-check.ts';
export type {
  AbortSignalLike,
  AttentionGradients,
  AttentionResult,
  AttentionResultFor,
  AttentionResultWithLogSumExp,
  Backend,
  Float32Tensor,
  GradientRun,
  LossGradients,
  PreparedAttention,
  RanOn,
  RunOptions,
} from './backend/contract.ts';
export type { DebertaBucketOptions } from './buckets/deberta.ts';
export { debertaBucket, debertaRow } from './buckets/deberta.ts';
export type { BucketRounding } from './buckets/log-scale.ts';
export type { T5BucketOptions } from './buckets/t5.ts';
export { bookBuckets, firstDistances, t5Bucket, withBookPair } from './buckets/t5.ts';
export type { TableDefinition, TableLayout } from './buckets/table.ts';
export { normalTable, tableBias } from './buckets/table.ts';
export type { Integers, ParameterNumbers } from './lists.ts';
export { requireKnownKeys, requirePositive } from './check.ts';
export { requireNumbers } from './lists.ts';
export type { Convention, Scales } from './convention.ts';
export { CONVENTIONS, biasFactor, scalesOf } from './convention.ts';
export type { Complaint } from './errors.ts';
export { DeviceLostError, ParameterError, RelbiasError, ShapeError, UnsupportedError } from './errors.ts';
export { alibiFamily } from './families/alibi-family.ts';
export type { AlibiOptions } from './families/alibi.ts';
export { alibi } from './families/alibi.ts';
export type { SlopeChoice } from './families/alibi-slopes.ts';
export { alibiSlopes } from './families/alibi-slopes.ts';
export type { BucketedOptions } from './families/bucketed.ts';
export { bucketed, bucketedFamily } from './families/bucketed.ts';
export type { DebertaOptions } from './families/deberta.ts';
export { deberta, debertaFamily } from './families/deberta.ts';
export { dynamicPositionFamily } from './families/dynamic-position-family.ts';
export type { DynamicPositionOptions } from './families/dynamic-position.ts';
export { dynamicPosition } from './families/dynamic-position.ts';
export { fireFamily } from './families/fire-family.ts';
export type { FireOptions } from './families/fire.ts';
export { fire } from './families/fire.ts';
export { builtinFamilies } from './families/index.ts';
export { kerpleLog, kerpleLogFamily } from './families/kerple-log.ts';
export type { KerpleOptions } from './families/kerple-parameters.ts';
export { kerplePower, kerplePowerFamily } from './families/kerple-power.ts';
export type { NoneOptions } from './families/none.ts';
export { none, noneFamily } from './families/none.ts';
export type { PerOffsetOptions } from './families/per-offset.ts';
export { perOffset, perOffsetFamily } from './families/per-offset.ts';
export type { SandwichOptions } from './families/sandwich.ts';
export { sandwich, sandwichFamily } from './families/sandwich.ts';
export { swinFamily } from './families/swin-family.ts';
export type { SwinOptions } from './families/swin.ts';
export { swin, swinPositions } from './families/swin.ts';
export { t5Family } from './families/t5-family.ts';
export type { T5Options } from './families/t5.ts';
export { t5 } from './families/t5.ts';
export type { FamilyCase, FamilyDefinition, FamilyOption, FamilyUser, UncheckedOptions } from './family.ts';
export { requireFamily } from './family-check.ts';
export { forEveryHead, unchecked } from './family.ts';
export type { FutureKeys } from './future.ts';
export { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from './half.ts';
export type { Mask } from './mask.ts';
export type { OwnFloat32Array, OwnFloat64Array, OwnInt32Array } from './own-arrays.ts';
export type { ExplicitPositions, Positions } from './positions.ts';
export { contiguousPositions, explicitPositions } from './positions.ts';
export { planAttention } from './plan.ts';
export type { AttentionPlan, AttentionProblem, AttentionShapes, Numerics } from './problem.ts';
export { shapesOf } from './problem.ts';
export type { Random } from './random.ts';
export { normal } from './random.ts';
export type { NestedNumbers } from './make-tensor.ts';
export type { Dtype, Float16ArrayLike, OnnxTensor, ShapedTensor, Tensor, TensorLike, UntypedTensor } from './tensor.ts';
export { headsFirst, tensor } from './make-tensor.ts';
export { toFloat32 } from './read-tensor.ts';
export type { GradientsOf } from './parameters.ts';
export { fixed, learned, learnedOnly, zeroGradients } from './parameters.ts';
export type { LoweredBias } from './terms/lowered.ts';
export type { PerDistanceTerm, RowScaledTerm, Term, TermGradient, TermGradients, Terms } from './terms/term.ts';
export type { ToeplitzDefinition } from './toeplitz.ts';
export { toeplitzBias } from './toeplitz.ts';
