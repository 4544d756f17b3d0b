// Parses the `compare` text of a case into clauses. A text outside this grammar gives null: the case is then not compared, and its result says so.

/**
 * The allowed error of a number.
 *
 * | rule            | allowed error                                           |
 * |-----------------|---------------------------------------------------------|
 * | `exact-int`     | 0, and both are integers                                |
 * | `exact-float32` | 0 after Math.fround of both sides                       |
 * | `exact`         | 0                                                       |
 * | `absolute`      | tolerance                                               |
 * | `scaled`        | tolerance * (1 + abs(expected))                         |
 * | `relative`      | tolerance * abs(expected)                               |
 * | `scaled-by-max` | tolerance * (1 + max abs(expected)) over the whole field |
 */
type Rule = 'exact-int' | 'exact-float32' | 'exact' | 'absolute' | 'scaled' | 'relative' | 'scaled-by-max';

/** One clause: a rule, for numbers of one precision (null: that of the case's dtype), on some fields (null: all). */
export interface Clause {
  readonly rule: Rule;
  readonly tolerance: number;
  readonly precision: 'float64' | 'float32' | null;
  readonly fields: readonly string[] | null;
}

/** A parsed `compare` text. */
export type Comparison = { readonly recordOnly: true } | { readonly recordOnly: false; readonly clauses: readonly Clause[] };

const NUMBER = String.raw`(\d+(?:\.\d+)?(?:e[-+]?\d+)?)`;
const PLAIN = /^(exact-int|exact)$/;
const EXACT_FLOAT32 = /^exact-float32(?: against expected\.(\w+) after rounding a float64 slope to float32)?$/;
const ABSOLUTE = new RegExp(`^(?:abs )?${NUMBER}(?: in (float64|float32))?$`);
const RELATIVE = new RegExp(
  String.raw`^relative ${NUMBER}(?: in (float64|float32))?(?: against expected\.(\w+)(?: \(and against (?:expected\.)?(\w+)\))?)?$`,
);
const SCALED = new RegExp(
  String.raw`^(?:(float64|float32) )?(?:abs )?${NUMBER}\*\(1\+(max)?\|expected\|\)(?: in (float64|float32))?(?: for (\w+(?: and \w+)*))?$`,
);
/** The text about a field that is not compared. */
const INFORMATION = /^otherImplementations are for information$/;

/**
 * Parses a `compare` text.
 *
 * @example
 * parseComparison('tolerance: abs 1e-13 * (1 + |expected|) in float64; abs 2e-6 * (1 + |expected|) in float32');
 */
export function parseComparison(text: string): Comparison | null {
  const plain = text
    .trim()
    .replace(/^tolerance: */, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([*+]) ?/g, '$1');
  if (plain === 'record-only') return { recordOnly: true };
  const clauses: Clause[] = [];
  for (const sentence of plain.split(/ ?; ?/)) {
    if (INFORMATION.test(sentence)) continue;
    // "float32 abs A for x, B for y": a part after a comma has the same precision.
    let precision: Clause['precision'] = null;
    for (const part of sentence.split(/ ?, ?/)) {
      const clause = parseClause(part, precision);
      if (clause === null) return null;
      precision = clause.precision;
      clauses.push(clause);
    }
  }
  return clauses.length === 0 ? null : { recordOnly: false, clauses };
}

function parseClause(text: string, inherited: Clause['precision']): Clause | null {
  const plain = PLAIN.exec(text);
  if (plain !== null) return { rule: plain[1] as Rule, tolerance: 0, precision: inherited, fields: null };
  const float32 = EXACT_FLOAT32.exec(text);
  if (float32 !== null) {
    return { rule: 'exact-float32', tolerance: 0, precision: 'float32', fields: float32[1] === undefined ? null : [float32[1]] };
  }
  const absolute = ABSOLUTE.exec(text);
  if (absolute !== null) {
    const [, tolerance, precision] = absolute;
    return { rule: 'absolute', tolerance: Number(tolerance), precision: readPrecision(precision) ?? inherited, fields: null };
  }
  const relative = RELATIVE.exec(text);
  if (relative !== null) {
    const [, tolerance, precision, first, second] = relative;
    const fields = [first, second].filter((one) => one !== undefined);
    return {
      rule: 'relative',
      tolerance: Number(tolerance),
      precision: readPrecision(precision) ?? inherited,
      fields: fields.length === 0 ? null : fields,
    };
  }
  const scaled = SCALED.exec(text);
  if (scaled === null) return null;
  const [, before, tolerance, max, after, fields] = scaled;
  return {
    rule: max === undefined ? 'scaled' : 'scaled-by-max',
    tolerance: Number(tolerance),
    precision: readPrecision(before ?? after) ?? inherited,
    fields: fields?.split(' and ') ?? null,
  };
}

function readPrecision(text: string | undefined): Clause['precision'] {
  return text === 'float64' || text === 'float32' ? text : null;
}
