// The exports of @relbias/bias-spec/oracle: the float64 reference for kernels. Kernels must never import it.
export type { OracleResult } from './forward.ts';
export { attentionRow, contentScore, oracle, softmax } from './forward.ts';
export type { OracleGradients } from './gradient.ts';
export { oracleGradient } from './gradient.ts';
