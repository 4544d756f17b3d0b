// Compares results with the expected numbers of a case, clause by clause, and keeps the worst element. A field that is not compared is a failure.
import { elementCount } from '@relbias/bias-spec/backend';
import { ulpOf, unravel } from '../compare.ts';
import { figure } from '../result.ts';
import type { Answer } from './answer.ts';
import type { Clause } from './comparison.ts';
import type { Numbers } from './decode.ts';
import { decodeNumbers, expandRuns } from './decode.ts';
import type { VectorCase } from './format.ts';
import { isRecord } from './format.ts';
import type { VectorWorst } from './result.ts';

/** The outcome of one case: how much was compared, what failed, or why nothing could be compared. */
export interface Comparisons {
  readonly compared: number;
  readonly failed: number;
  readonly worst: VectorWorst | null;
  /** The worst element in a sentence, and the share of its budget that it used; null where nothing was compared. */
  readonly sentence: string | null;
  readonly used: number;
  /** Why the case, or a field of it, could not be compared. */
  readonly notJudged: readonly string[];
}

/**
 * Compares every result under every clause that names it.
 *
 * `remarks` are fields that are not compared; `excused` those that are not computed (gradients, for a backend).
 */
export function compareAnswers(
  vector: VectorCase,
  clauses: readonly Clause[],
  answers: readonly Answer[],
  remarks: readonly string[] = [],
  excused: (field: string) => boolean = () => false,
): Comparisons {
  const notJudged: string[] = [];
  const usedClauses = new Set<Clause>();
  const judgedFields = new Set<string>();
  const tally = new Tally();
  for (const answer of answers) {
    const want = wantedOf(vector, answer);
    if (want === undefined) continue;
    if (want === null) {
      notJudged.push(`expected.${answer.field} is not in an encoding of the format`);
      continue;
    }
    if (
      want.data.length !== elementCount(answer.shape) ||
      (want.shape.length > 1 && extents(want.shape) !== extents(answer.shape))
    ) {
      notJudged.push(
        `expected.${answer.field} has the shape [${want.shape.join()}], the case describes [${answer.shape.join()}]`,
      );
      continue;
    }
    for (const clause of clauses) {
      if (!speaksOf(clause, answer)) continue;
      const got = gotFor(clause, answer, vector.dtype);
      if (got === undefined) continue;
      if (got.length !== want.data.length) {
        notJudged.push(`${got.length} numbers were computed for expected.${answer.field}, which holds ${want.data.length}`);
        continue;
      }
      usedClauses.add(clause);
      judgedFields.add(answer.field);
      tally.add(clause, answer, got, want.data);
    }
  }
  for (const field of demandedFields(vector.expected)) {
    if (judgedFields.has(field) || remarks.includes(field) || excused(field)) continue;
    notJudged.push(`nothing here computes or compares expected.${field}`);
  }
  for (const clause of clauses) {
    const excusable = clause.fields?.every((field) => excused(field)) ?? false;
    // With both a float32 and a float64 clause, each is for results of its precision.
    const otherPrecision = clause.precision !== null && clauses.some((one) => one.precision !== clause.precision);
    if (!usedClauses.has(clause) && !excusable && !otherPrecision) {
      notJudged.push(`no field for the clause "${clause.rule}" of "${vector.compare}"`);
    }
  }
  if (tally.compared === 0 && notJudged.length === 0) notJudged.push('nothing was compared');
  const { compared, failed, worst, sentence, used } = tally;
  return { compared, failed, worst, sentence, used, notJudged };
}

function speaksOf(clause: Clause, answer: Answer): boolean {
  return clause.fields === null || clause.fields.some((field) => field === answer.field || field === answer.group);
}

function gotFor(clause: Clause, answer: Answer, dtype: string): ArrayLike<number> | undefined {
  if (clause.precision !== null) return answer[clause.precision];
  const narrow = clause.rule === 'exact-float32' || /^b?float(32|16)/.test(dtype);
  return narrow ? (answer.float32 ?? answer.float64) : (answer.float64 ?? answer.float32);
}

/** undefined: the case does not have the field. null: it has, in an unknown encoding. */
function wantedOf(vector: VectorCase, answer: Answer): Numbers | null | undefined {
  if (answer.wanted !== undefined) return { data: Float64Array.from(answer.wanted), shape: [answer.wanted.length] };
  let value: unknown = vector.expected;
  for (const name of answer.field.split('.')) value = isRecord(value) ? value[name] : undefined;
  if (value === undefined) return undefined;
  return answer.encoding === 'runs' ? expandRuns(value) : decodeNumbers(value);
}

/** The fields of `expected` that hold numbers. Texts (layout, notes) are not compared. */
function demandedFields(expected: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    if (typeof value === 'string' && decodeNumbers(value) === null) return [];
    if (isRecord(value) && decodeNumbers(value) === null) return demandedFields(value, `${prefix}${name}.`);
    return [prefix + name];
  });
}

/** A shape without its axes of length 1, which do not change the order of the numbers. */
function extents(shape: readonly number[]): string {
  return shape.filter((extent) => extent !== 1).join();
}

/** Counts comparisons and keeps the element that used most of its budget. */
class Tally {
  compared = 0;
  failed = 0;
  worst: VectorWorst | null = null;
  sentence: string | null = null;
  used = -1;

  add(clause: Clause, answer: Answer, got: ArrayLike<number>, want: Float64Array): void {
    const most = largest(want);
    for (let index = 0; index < want.length; index++) {
      const budget = allowed(clause, want[index], most);
      const error = distance(clause, got[index], want[index]);
      const used = error === 0 ? 0 : error / budget;
      this.compared += 1;
      if (error > budget) this.failed += 1;
      if (used <= this.used) continue;
      this.used = used;
      this.remember(answer, index, got[index], want[index], error, budget);
    }
  }

  private remember(answer: Answer, index: number, got: number, want: number, error: number, budget: number): void {
    const label = answer.label === undefined ? '' : ` (${answer.label})`;
    const place = unravel(index, answer.shape);
    this.worst = {
      tensor: answer.field + label,
      index: place,
      got: figure(got),
      want: figure(want),
      ulp: figure(error / ulpOf(want)),
      error: figure(error),
      budget,
    };
    const name = answer.nameEntry === undefined ? '' : ` (${answer.nameEntry(index)})`;
    this.sentence = `${answer.field}${label}[${place.join(', ')}]${name}: got ${got}, want ${want}, error ${error}, budget ${budget}`;
  }
}

/** The error that a clause allows at one expected number; `most` is the largest size in its field. Infinities allow none. */
function allowed({ rule, tolerance }: Clause, want: number, most: number): number {
  const magnitude = Math.abs(want);
  switch (rule) {
    case 'exact':
    case 'exact-int':
    case 'exact-float32':
      return 0;
    case 'absolute':
      return tolerance;
    case 'scaled':
      return magnitude < Infinity ? tolerance * (1 + magnitude) : 0;
    case 'relative':
      return magnitude < Infinity ? tolerance * magnitude : 0;
    case 'scaled-by-max':
      return tolerance * (1 + most);
    default:
      return rule satisfies never;
  }
}

function distance(clause: Clause, got: number, want: number): number {
  const [a, b] = clause.rule === 'exact-float32' ? [Math.fround(got), Math.fround(want)] : [got, want];
  // -0 equals 0; both NaN means that both sides hide the pair; infinities must be the same one.
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) {
    return clause.rule === 'exact-int' && !Number.isNaN(a) && !Number.isInteger(a) ? Infinity : 0;
  }
  const error = Math.abs(a - b);
  return Number.isNaN(error) ? Infinity : error;
}

function largest(values: Float64Array): number {
  return values.reduce((most, one) => (Number.isFinite(one) ? Math.max(most, Math.abs(one)) : most), 0);
}
