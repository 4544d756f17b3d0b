// The golden vectors: the format, checking the spec, the cases for a backend, and fetching files. ../node.ts reads folders.
export { vectorCases } from './backend-cases.ts';
export type { VectorLimits } from './bytes.ts';
export { fetchVectors } from './bytes.ts';
export type { VectorCase, VectorFile } from './format.ts';
export { FormatError, VECTOR_FORMAT, parseVectors } from './format.ts';
export { judgeVector, judgeVectors } from './judge.ts';
export type { VectorResult, VectorStatus, VectorWorst } from './result.ts';
