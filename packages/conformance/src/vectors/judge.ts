// Checks the spec with golden vectors: runs each kind of case and turns the comparison into a result. Independent of file systems and backends.
import { RelbiasError } from '@relbias/bias-spec';
import { judgeBitsVector, readBitsVector } from '../bits/vectors.ts';
import { figure } from '../result.ts';
import type { Answer, Kind } from './answer.ts';
import { attentionCase } from './attention-case.ts';
import { biasCase } from './bias-case.ts';
import { biasRow, biasScalar } from './book-bias.ts';
import { boundaries, buckets } from './buckets.ts';
import type { Comparisons } from './compare.ts';
import { compareAnswers } from './compare.ts';
import { parseComparison } from './comparison.ts';
import type { VectorCase, VectorFile } from './format.ts';
import { FormatError } from './format.ts';
import { keyOnly } from './key-only.ts';
import type { VectorResult, VectorStatus } from './result.ts';
import { scores } from './scores.ts';
import { slopes } from './slopes.ts';
import { statement } from './statement.ts';
import { windowIndex } from './window-index.ts';

const KINDS: Readonly<Record<string, Kind>> = {
  attention: attentionCase,
  bias: biasCase,
  'bias-key-only': keyOnly,
  'bias-row': biasRow,
  'bias-scalar': biasScalar,
  'bucket-boundaries': boundaries,
  buckets,
  index: windowIndex,
  scores,
  slopes,
  statement,
};

/**
 * Compares the spec (bias-spec and its float64 oracle) with every case of these files.
 *
 * A case of an unknown family, kind or comparison fails: nothing passes without a comparison.
 *
 * @example
 * judgeVectors([parseVectors('{"format":"attention-bias-vectors/1","cases":[]}', 'none.json')]); // []
 */
export function judgeVectors(files: readonly VectorFile[]): VectorResult[] {
  return files.flatMap((one) => one.cases.map((vector) => judgeVector(vector, one.file)));
}

/** Compares the spec with one case. */
export function judgeVector(vector: VectorCase, file: string): VectorResult {
  if (vector.kind === 'bits') return judgeBits(vector, file);
  const comparison = parseComparison(vector.compare);
  if (comparison === null) return outcome(vector, file, 'fail', unknown('comparison', vector.compare));
  if (!Object.hasOwn(KINDS, vector.kind)) return outcome(vector, file, 'fail', unknown('kind', vector.kind));
  const kind = KINDS[vector.kind];
  const asked = ask(kind, vector);
  if (vector.expected['raises'] !== undefined) return judgeRefusal(vector, file, asked);
  if (asked.crash !== undefined) return outcome(vector, file, 'fail', asked.crash);
  if (comparison.recordOnly) {
    // Where the reference mishandles its parameters, its results are not compared, and the spec may refuse them.
    const reaction = asked.refusal === undefined ? 'No demand.' : `Refused: ${asked.refusal}`;
    return outcome(vector, file, 'recorded', asked.unreadable ?? reaction);
  }
  if (asked.unreadable !== undefined) return outcome(vector, file, 'fail', asked.unreadable);
  if (asked.refusal !== undefined)
    return outcome(vector, file, vector.degenerate ? 'recorded' : 'fail', `Refused: ${asked.refusal}`);
  return judged(vector, file, compareAnswers(vector, comparison.clauses, asked.answers, kind.remarks));
}

/** The reference of the reproducible profile, by bits. */
function judgeBits(vector: VectorCase, file: string): VectorResult {
  try {
    const { status, reason, compared } = judgeBitsVector(readBitsVector(vector.input));
    return { ...outcome(vector, file, status, reason), compared, failed: status === 'pass' ? 0 : 1 };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return outcome(vector, file, 'fail', `Not judged: ${error.message}.`);
  }
}

/** The result of a comparison. */
export function judged(
  vector: VectorCase,
  file: string,
  { compared, failed, worst, sentence, used, notJudged }: Comparisons,
): VectorResult {
  const reasons = notJudged.map((reason) => `Not judged: ${reason}.`);
  if (failed > 0) reasons.unshift(`${sentence}; ${failed} of ${compared} numbers are past what "${vector.compare}" allows.`);
  const status = reasons.length === 0 ? 'pass' : 'fail';
  const margin = worst === null ? null : figure(1 - used);
  return { ...outcome(vector, file, status, reasons.length === 0 ? null : reasons.join(' ')), compared, failed, worst, margin };
}

/** A result without numbers. */
function outcome({ id, family, kind }: VectorCase, file: string, status: VectorStatus, reason: string | null): VectorResult {
  return { name: `vectors/${id}`, file, family, kind, status, reason, worst: null, margin: null, compared: 0, failed: 0 };
}

function unknown(what: string, text: string): string {
  return `Not judged: the ${what} ${JSON.stringify(text)} is unknown here.`;
}

interface Asked {
  readonly answers: readonly Answer[];
  /** The spec refused the parameters. */
  readonly refusal?: string;
  /** The case has something unknown, or is not of the format. */
  readonly unreadable?: string;
  /** An unexpected error. */
  readonly crash?: string;
}

function ask(kind: Kind, vector: VectorCase): Asked {
  try {
    return { answers: kind.ask(vector) };
  } catch (error) {
    if (error instanceof RelbiasError) return { answers: [], refusal: `${error.name}: ${error.message}` };
    if (error instanceof FormatError) return { answers: [], unreadable: `Not judged: ${error.message}.` };
    return { answers: [], crash: `Crashed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

function judgeRefusal(vector: VectorCase, file: string, { refusal, unreadable, crash }: Asked): VectorResult {
  const raised = `The reference raises ${JSON.stringify(vector.expected['raises'])}`;
  if (refusal !== undefined) return { ...outcome(vector, file, 'pass', null), compared: 1 };
  return outcome(vector, file, 'fail', crash ?? unreadable ?? `${raised}, the spec computes an answer.`);
}
