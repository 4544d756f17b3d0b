// A lowered bias: the terms of a plan, in float32. What a family says is checked, rounded once, and from then on reached through
// `map` and `readBias` alone, which ask what becomes of every kind of term.
import { ParameterError, UnsupportedError, byFamily } from '../errors.ts';
import { show } from '../show.ts';
import type { Positions } from '../positions.ts';
import { perDistance } from './per-distance.ts';
import { rowScaled } from './row-scaled.ts';
import type { PairReader, PerDistanceTerm, Term, TermHandlers, TermKind, TermOperations } from './term.ts';

/** The one table of what can be done with each kind of term. */
const KINDS: { readonly [K in TermKind]: TermOperations<K> } = {
  'per-distance': perDistance,
  'row-scaled': rowScaled,
};

/** What can be done with a term, whatever its kind. */
export function operationsOf({ kind }: Pick<Term, 'kind'>): TermOperations<TermKind> {
  return KINDS[kind];
}

/** The sum of some terms; of none, where there is no bias. */
export interface LoweredBias {
  /** How many terms there are. */
  readonly length: number;
  /** What the handlers make of each term, in order. */
  map<R>(handlers: TermHandlers<R>): R[];
}

/**
 * A lowered bias of these terms, which are not checked: for those who change the terms of another (`lowered.map`).
 *
 * @example
 * sumOf([]).length; // 0: no bias
 */
export function sumOf(terms: readonly Term[]): LoweredBias {
  return { length: terms.length, map: (handlers) => terms.map((term) => handle(term, handlers)) };
}

function handle<R>(term: Term, handlers: TermHandlers<R>): R {
  return (handlers[term.kind] as (term: Term) => R)(term);
}

/** The terms, for the functions of this file, which work on all kinds alike. */
function termsOf(lowered: LoweredBias): Term[] {
  return lowered.map<Term>({ 'per-distance': (term) => term, 'row-scaled': (term) => term });
}

/**
 * What a family lowers to between these positions, in float32.
 *
 * @throws ParameterError where that is no list of terms, a list in a term is none of float64 or has another length than the term says, a
 *   distance that occurs is missing, or a number is NaN or beyond float32: an overflow to -Infinity would hide a pair without a word.
 */
export function lowerBias(
  bias: { readonly family: string; lower(positions: Positions): unknown },
  heads: number,
  positions: Positions,
): LoweredBias {
  const { family } = bias;
  const given = byFamily(`${family}.lower`, 'a list of terms', () => bias.lower(positions));
  if (!Array.isArray(given)) throw mistaken(family, show(given), 'a list of terms');
  // The fields of a term may be getters of the family's, that throw.
  const rounded = byFamily(`${family}.lower`, 'terms', () =>
    given.map((term: unknown) => {
      requireTerm(family, term, heads, positions);
      return operationsOf(term).rounded(
        term,
        (numbers) => products(numbers, 1, false),
        (numbers) => products(numbers, 1, true),
      );
    }),
  );
  return sumOf(rounded);
}

function requireTerm(family: string, given: unknown, heads: number, positions: Positions): asserts given is Term<Float64Array> {
  const term = given as Term<Float64Array> | null | undefined;
  const kind: unknown = term?.kind;
  if (term === null || term === undefined || typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    throw mistaken(
      family,
      kind === undefined ? show(given) : `the term ${show(kind)}`,
      `terms of the kinds ${Object.keys(KINDS).join(', ')}`,
    );
  }
  if (term.heads !== heads) throw mistaken(family, `${show(term.heads)} heads`, String(heads));
  const { minDistance, maxDistance } = term;
  if (!Number.isInteger(minDistance) || !Number.isInteger(maxDistance)) {
    throw mistaken(family, `distances from ${show(minDistance)} to ${show(maxDistance)}`, 'integers');
  }
  for (const [name, [list, wanted]] of Object.entries(operationsOf(term).lists(term, positions))) {
    // By its tag: a family may come from another realm.
    if (!ArrayBuffer.isView(list) || Object.prototype.toString.call(list) !== '[object Float64Array]') {
      throw mistaken(family, `${name}: ${show(list)}`, 'a Float64Array');
    }
    const { length } = list as Float64Array;
    if (length !== wanted) throw mistaken(family, `${length} ${name}`, String(wanted));
  }
  if (minDistance <= positions.minDistance && maxDistance >= positions.maxDistance) return;
  throw mistaken(
    family,
    `distances from ${minDistance} to ${maxDistance}`,
    `all from ${positions.minDistance} to ${positions.maxDistance}, which occur`,
  );
}

function mistaken(family: string, got: string, wanted: string): ParameterError {
  return new ParameterError({ what: `${family}.lower`, got, wanted, hint: 'The family has a mistake in `lower`.' });
}

/**
 * factor * numbers, computed in float64 and rounded once. `hiding`: whether -Infinity hides pairs, and stays what it is; elsewhere it would
 * make NaN of a pair. A plain loop, as tables reach millions of entries.
 */
function products(numbers: Float64Array | Float32Array, factor: number, hiding: boolean): Float32Array {
  const rounded = new Float32Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index];
    const hidden = hiding && number === -Infinity;
    const product = hidden ? number : Math.fround(factor * number);
    rounded[index] = product;
    // NaN for NaN and the infinities alone.
    if (product - product === 0 || hidden) continue;
    throw new ParameterError({
      what: 'bias',
      got: String(factor * number),
      wanted: `numbers that float32 can hold${hiding ? ', or -Infinity to hide a pair' : ''}`,
      hint: 'Check the size of its parameters, and biasScale.',
    });
  }
  return rounded;
}

/** factor * bias. Hidden pairs stay hidden whatever the factor. @throws ParameterError where float32 cannot hold it. */
function scaleLowered(lowered: LoweredBias, factor: number): LoweredBias {
  if (factor === 1) return lowered;
  return sumOf(termsOf(lowered).map((term) => operationsOf(term).scaled(term, (numbers) => products(numbers, factor, true))));
}

/** The largest number on the way to the bias of any pair; hidden pairs have none. */
export function largestBias(lowered: LoweredBias): number {
  return termsOf(lowered).reduce((sum, term) => sum + operationsOf(term).largest(term, largest), 0);
}

function largest(numbers: Float32Array): number {
  let most = 0;
  for (let index = 0; index < numbers.length; index++) {
    const size = Math.abs(numbers[index]);
    if (size > most && size !== Infinity) most = size;
  }
  return most;
}

/** What of a plan says how kernels read its bias. */
type OfThePlan = Readonly<Record<'biasScale', number> & Record<'lowered', LoweredBias> & Record<'numerics', string>>;

/** Times biasScale, but in the reproducible profile, which applies it to each bias on its own (rule 3 of docs/numerics.md). */
function asRead({ lowered, biasScale, numerics }: OfThePlan): LoweredBias {
  return numerics === 'reproducible' ? lowered : scaleLowered(lowered, biasScale);
}

/**
 * Reads the bias of a plan one pair at a time, times biasScale (but in the reproducible profile): its terms in order, each sum rounded to
 * float32. -Infinity hides the pair whatever its score: one that overflowed would make it NaN.
 */
export function pairReader(plan: OfThePlan): PairReader {
  return readerOf(asRead(plan));
}

/** Reads the terms one pair at a time, not multiplied by anything. */
export function readerOf(lowered: LoweredBias): PairReader {
  const [first, ...others] = termsOf(lowered).map((term) => operationsOf(term).reader(term));
  if (first === undefined) return () => 0;
  if (others.length === 0) return first;
  return (h, row, distance) => others.reduce((sum, read) => Math.fround(sum + read(h, row, distance)), first(h, row, distance));
}

/**
 * Whether the bias is a function of the distance by itself, whatever the other rows of the problem are. One that only happens to have a
 * table (`readBias`) must compute what it would without one, and skip nothing.
 */
export function isPerDistance(lowered: LoweredBias): boolean {
  return lowered.map({ 'per-distance': () => true, 'row-scaled': () => false }).every(Boolean);
}

/** Whether the rows of this problem do not differ, so that the same numbers may be read from a table by distance. */
export function isByDistance(lowered: LoweredBias): boolean {
  return termsOf(lowered).every((term) => operationsOf(term).isByDistance(term));
}

/**
 * The bias as one term where it can be: a sum of terms that depend on the distance alone is a table of the same float32 numbers that a
 * kernel would compute pair by pair, so that it changes no bit. Rows that all share one scale (FIRE before its threshold) do.
 */
function tabulated(lowered: LoweredBias): LoweredBias {
  const terms = termsOf(lowered);
  const [first] = terms;
  if (first === undefined || (terms.length === 1 && first.kind === 'per-distance')) return lowered;
  if (!isByDistance(lowered)) return lowered;
  const { heads } = first;
  const minDistance = Math.max(...terms.map((term) => term.minDistance));
  const maxDistance = Math.min(...terms.map((term) => term.maxDistance));
  const span = maxDistance - minDistance + 1;
  const values = new Float32Array(heads * span);
  const read = readerOf(lowered);
  for (let h = 0; h < heads; h++) {
    for (let index = 0; index < span; index++) values[h * span + index] = read(h, 0, minDistance + index);
  }
  const table: PerDistanceTerm = { kind: 'per-distance', heads, minDistance, maxDistance, values };
  return sumOf([table]);
}

/** What a kernel makes of the bias of a plan, by its only term. */
export interface BiasHandlers<R> extends TermHandlers<R> {
  /** Where there is no bias. */
  none(): R;
}

/**
 * The bias of a plan for kernels that read one term: times biasScale (but in the reproducible profile), and as a table by distance where it
 * depends on nothing else.
 *
 * @throws UnsupportedError for a sum that is no table, ParameterError where float32 cannot hold its product with biasScale.
 * @example
 * const plan = planAttention({ heads: 1, queries: 1, keys: 3, headDim: 1, bias: alibi({ heads: 1, beta: 2 }) });
 * readBias(plan, { none: () => [], 'per-distance': ({ values }) => [...values], 'row-scaled': () => [] }); // [-0, -2, -4]
 */
export function readBias<R>(plan: OfThePlan, { none, ...handlers }: BiasHandlers<R>): R {
  const read = tabulated(asRead(plan));
  if (read.length === 0) return none();
  if (read.length === 1) return read.map(handlers)[0];
  throw new UnsupportedError({
    what: 'problem.bias',
    got: `a sum of ${read.length} terms that depend on more than the distance`,
    wanted: 'one such term, or a sum of terms by distance',
    hint: "The kernels 'naive' and 'online' read any sum.",
  });
}
