// The entry of @relbias/conformance: checks any backend of attention with relative position bias against a float64 oracle.
export { bitsBackend } from './bits/backend.ts';
export { bitsCases, findBitsCase } from './bits/cases.ts';
export type { BitsDemonstration, FastDifference } from './bits/demonstration.ts';
export { demonstrateBits, fastDifference } from './bits/demonstration.ts';
export type { BitsSteps } from './bits/steps.ts';
export type { BitsSummary } from './bits/summary.ts';
export type { Case, Expected, JudgeContext } from './case.ts';
export { describeThrown, traceThrown } from './foreign.ts';
export { printableRanOn } from './ran-on.ts';
export type { Factors } from './grammar.ts';
export { formatFactors, parseFactors } from './grammar.ts';
export { compare, expectationOf, largestShares } from './compare.ts';
export type { Expectation, Limit } from './compare.ts';
export type { RowLimits } from './budgets.ts';
export type { ConformanceMatrix, MatrixCell, MatrixColumn, RequiredBackend } from './matrix.ts';
export { formatMatrix, mergeReports } from './matrix.ts';
export { naiveBackend } from './naive-backend.ts';
export type { NaiveBackendOptions } from './naive-backend.ts';
export type { BackendSource } from './open-backend.ts';
export type { ConformanceOptions } from './options.ts';
export { CASE_SECONDS } from './options.ts';
export type { ConformanceReport } from './report.ts';
export { reportOn, runCase, runConformance } from './report.ts';
export type { CaseResult, Figure, Verdict, Worst } from './result.ts';
export { bellShaped, seeded } from './seeded.ts';
export { allCases, findCase } from './suite.ts';
export type { RunSignal } from './waiting.ts';
export type { ConformanceTest, ConformanceTestOptions, TestContext } from './tests.ts';
export { conformanceTests } from './tests.ts';
export type { VectorCase, VectorFile, VectorLimits, VectorResult, VectorStatus, VectorWorst } from './vectors/index.ts';
export {
  FormatError,
  VECTOR_FORMAT,
  fetchVectors,
  judgeVector,
  judgeVectors,
  parseVectors,
  vectorCases,
} from './vectors/index.ts';
