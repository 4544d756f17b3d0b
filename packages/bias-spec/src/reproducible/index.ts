// The exports of @relbias/bias-spec/reproducible: the profile with the same bits on every backend, for kernels and their tests.
export type { ReproducibleResult } from './attention.ts';
export { reproducibleAttention } from './attention.ts';
export type { CanonicalRange, InputRole } from './canonical.ts';
export { canonicalBfloat16, canonicalFloat16, canonicalFloat32, canonicalRange, requireNoNaN } from './canonical.ts';
export {
  CUTOFF,
  LARGEST_BIAS,
  LARGEST_LOGIT,
  FLUSH_BELOW,
  SMALLEST_LOGIT,
  MASKED,
  ROW_MAX_FLOOR,
  TILE_KEYS,
} from './constants.ts';
export type { WeightBits } from './exponential.ts';
export { mantissa, mantissaTable, power, weight, weightWord } from './exponential.ts';
export { finishLogSumExp, finishOutput, logSumExp, outputNumber, reciprocal, roundTo } from './finish.ts';
export { HASH_START, hashWords, hexWord } from './hash.ts';
export type { CanonicalInputs, InputSlices } from './inputs.ts';
export { canonicalInputs, slicesOf, readCanonicalInputs, requireNoNaNs, weightBitsOf } from './inputs.ts';
export { logitScale, requireReproducible } from './limits.ts';
export type { PartialRows } from './partial.ts';
export { foldTile, noKeys, rescaled } from './partial.ts';
export type { Slices } from './slices.ts';
export { scoreSlices, valueSlices } from './slices.ts';
export type { PreparedBias, PreparedTable } from './prepared-bias.ts';
export { biasFactorOf, prepareBias, preparedBias } from './prepared-bias.ts';
export { areLogitsInRange, requireLogitsInRange } from './range.ts';
export { attentionTiles, fixedLogit } from './tiles.ts';
export type { ProofResult } from './proof.ts';
export { proveDevice } from './proof.ts';
export type { Proof, ProofCall } from './proof-cases.ts';
export { PROOFS } from './proof-cases.ts';
