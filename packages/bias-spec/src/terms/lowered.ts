// A lowered bias: the terms of a plan in float32. The terms of a family are checked and rounded once. From then on they are only reached
// through `map` and `readBias`, which require a handler for every kind of term.
import { ParameterError, UnsupportedError, byFamily } from '../errors.ts';
import { show } from '../show.ts';
import type { Positions } from '../positions.ts';
import { perDistance } from './per-distance.ts';
import { rowScaled } from './row-scaled.ts';
import type { PairReader, PerDistanceTerm, Term, TermHandlers, TermKind, TermOperations } from './term.ts';

/** The operations on each kind of term. */
const KINDS: { readonly [K in TermKind]: TermOperations<K> } = {
  'per-distance': perDistance,
  'row-scaled': rowScaled,
};

/** The operations on a term. */
export function operationsOf({ kind }: Pick<Term, 'kind'>): TermOperations<TermKind> {
  return KINDS[kind];
}

/** A sum of terms; of no terms if there is no bias. */
export interface LoweredBias {
  /** The number of terms. */
  readonly length: number;
  /** Applies the handlers to each term, in order. */
  map<R>(handlers: TermHandlers<R>): R[];
}

/**
 * A lowered bias of these terms, which are not checked: for changing the terms of another (`lowered.map`).
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

/** The terms, for the functions of this file that treat all kinds alike. */
function termsOf(lowered: LoweredBias): Term[] {
  return lowered.map<Term>({ 'per-distance': (term) => term, 'row-scaled': (term) => term });
}

/**
 * Lowers a bias between these positions and rounds its terms to float32.
 *
 * @throws ParameterError if `lower` throws or returns no list of terms; a list of a term is no Float64Array or has the wrong length; a distance
 *   that occurs is missing; a number is NaN or beyond float32 (an overflow to -Infinity would hide a pair silently).
 */
export function lowerBias(
  bias: { readonly family: string; lower(positions: Positions): unknown },
  heads: number,
  positions: Positions,
): LoweredBias {
  const { family } = bias;
  const given = byFamily(`${family}.lower`, 'a list of terms', () => bias.lower(positions));
  if (!Array.isArray(given)) throw mistaken(family, show(given), 'a list of terms');
  // The fields of a term may be getters that throw.
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
    // By its tag: the family may come from another realm.
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
 * factor * numbers, computed in float64 and rounded once. `hiding`: whether -Infinity hides pairs and is kept; in other lists it would turn a
 * pair into NaN. A plain loop, as tables reach millions of entries.
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

/** factor * bias. Hidden pairs stay hidden whatever the factor. @throws ParameterError if float32 cannot hold it. */
function scaleLowered(lowered: LoweredBias, factor: number): LoweredBias {
  if (factor === 1) return lowered;
  return sumOf(termsOf(lowered).map((term) => operationsOf(term).scaled(term, (numbers) => products(numbers, factor, true))));
}

/** An upper bound of every intermediate of a visible pair's bias. */
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

/** The fields of a plan that determine how kernels read its bias. */
type OfThePlan = Readonly<Record<'biasScale', number> & Record<'lowered', LoweredBias> & Record<'numerics', string>>;

/** Times biasScale, except in the reproducible profile, which applies it to each pair's bias (rule 3 of docs/numerics.md). */
function asRead({ lowered, biasScale, numerics }: OfThePlan): LoweredBias {
  return numerics === 'reproducible' ? lowered : scaleLowered(lowered, biasScale);
}

/**
 * Reads the bias of a plan one pair at a time, times biasScale (except in the reproducible profile). Terms are added in order, each sum rounded
 * to float32. -Infinity hides the pair whatever its score, even one that overflowed.
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
 * Whether every term is a function of the distance, whatever the rows of the problem. A bias whose rows merely happen to be equal may be read
 * from a table too (`readBias`), but kernels must not skip pairs by it.
 */
export function isPerDistance(lowered: LoweredBias): boolean {
  return lowered.map({ 'per-distance': () => true, 'row-scaled': () => false }).every(Boolean);
}

/** Whether all rows of this problem are equal, so a table by distance holds the same numbers. */
export function isByDistance(lowered: LoweredBias): boolean {
  return termsOf(lowered).every((term) => operationsOf(term).isByDistance(term));
}

/**
 * The bias as one table by distance, if all its terms depend on the distance alone (FIRE below its threshold does). The table holds the float32
 * numbers that a kernel would compute pair by pair, so it changes no bit.
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

/** Handlers for the bias of a plan with at most one term. */
export interface BiasHandlers<R> extends TermHandlers<R> {
  /** If there is no bias. */
  none(): R;
}

/**
 * The bias of a plan for kernels that read one term: times biasScale (except in the reproducible profile), and as a table by distance if it
 * depends on nothing else.
 *
 * @throws UnsupportedError for a sum of terms that is no table, ParameterError if float32 cannot hold its product with biasScale.
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
