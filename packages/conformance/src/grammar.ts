// The names of attention cases: formatting and parsing.
//
//     attention/<family>[.<family case>][:<factor>;<factor>;...]         attention/alibi:heads=12;queries=7;keys=1025;causal
//
// Without a family case, the name means the family's first case. A name lists only what differs from the control shape (CONTROL). Factors are
// printed in a fixed order and read in any order:
//
//     batch heads keyValueHeads queries keys headDim valueDim   =<count>
//     queryStart keyLengths                                     =<integer>, or one for each batch row: =3,-2
//     causal                                                    a flag
//     left right                                                =<reach> of the sliding window
//     segments      =packed    three sequences in a row         =padding  padding keys anywhere, in a segment of their own
//     softcap scale biasScale                                   =<number>
//     convention    =before-scaling | unscaled | after-scaling | scaled-bias
//     positions     =gaps | reversed | duplicates | rows (another list for each batch row) | far (near 8 million) | boundary (the
//                   distances that the family case names, on both signs, and their neighbours)
//     dtype         =float16 | bfloat16 (bits in a Uint16Array) | Float16Array
//     keyDtype valueDtype  the same, or float32, for that tensor alone
//     magnitude     =<number>  queries scaled until the largest |scale * q.k| is this
//     data          =equal | zeros  all inputs the same number, or 0
//     padding       =nan       NaN in keys and values past the key length
import { CONVENTIONS, ParameterError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import type { Convention } from '@relbias/bias-spec';
import { meant } from './names.ts';

type PositionPattern = 'gaps' | 'reversed' | 'duplicates' | 'rows' | 'far' | 'boundary';
export type InputDtype = 'float16' | 'bfloat16' | 'Float16Array';

/** The factors in which a case differs from the control shape. */
export interface Factors {
  readonly batch?: number;
  readonly heads?: number;
  readonly keyValueHeads?: number;
  readonly queries?: number;
  readonly keys?: number;
  readonly headDim?: number;
  readonly valueDim?: number;
  readonly queryStart?: readonly number[];
  readonly causal?: true;
  readonly left?: number;
  readonly right?: number;
  readonly keyLengths?: readonly number[];
  readonly segments?: 'packed' | 'padding';
  readonly softcap?: number;
  readonly convention?: Convention;
  readonly scale?: number;
  readonly biasScale?: number;
  readonly positions?: PositionPattern;
  readonly dtype?: InputDtype;
  readonly keyDtype?: InputDtype | 'float32';
  readonly valueDtype?: InputDtype | 'float32';
  readonly magnitude?: number;
  readonly data?: 'equal' | 'zeros';
  readonly padding?: 'nan';
}

/** The shape that every case starts from: small, with different sizes except queries = keys. */
export const CONTROL = { batch: 1, heads: 2, queries: 16, keys: 16, headDim: 8 } as const;

const DTYPES: readonly InputDtype[] = ['float16', 'bfloat16', 'Float16Array'];

const FACTORS: { readonly [K in keyof Required<Factors>]: 'number' | 'integers' | 'flag' | readonly string[] } = {
  batch: 'number',
  heads: 'number',
  keyValueHeads: 'number',
  queries: 'number',
  keys: 'number',
  headDim: 'number',
  valueDim: 'number',
  queryStart: 'integers',
  causal: 'flag',
  left: 'number',
  right: 'number',
  keyLengths: 'integers',
  segments: ['packed', 'padding'],
  softcap: 'number',
  convention: CONVENTIONS,
  scale: 'number',
  biasScale: 'number',
  positions: ['gaps', 'reversed', 'duplicates', 'rows', 'far', 'boundary'],
  dtype: DTYPES,
  keyDtype: ['float32', ...DTYPES],
  valueDtype: ['float32', ...DTYPES],
  magnitude: 'number',
  data: ['equal', 'zeros'],
  padding: ['nan'],
};

/** `{ heads: 12, causal: true }` -> `heads=12;causal`. */
export function formatFactors(factors: Factors): string {
  return Object.keys(FACTORS)
    .filter((name) => factors[name as keyof Factors] !== undefined)
    .map((name) => (FACTORS[name as keyof Factors] === 'flag' ? name : `${name}=${String(factors[name as keyof Factors])}`))
    .join(';');
}

/**
 * `heads=12;causal` -> `{ heads: 12, causal: true }`.
 *
 * @throws ParameterError for a factor that the grammar does not have, or a value it does not accept.
 */
export function parseFactors(text: string): Factors {
  const factors: Record<string, unknown> = {};
  for (const part of text === '' ? [] : text.split(';')) {
    const [name, ...rest] = part.split('=');
    if (!Object.hasOwn(FACTORS, name)) {
      throw new ParameterError({
        what: 'case name',
        got: show(part),
        wanted: `a factor among ${Object.keys(FACTORS).join(', ')}`,
        ...meant(
          name,
          Object.keys(FACTORS).map((one) => ({ name: one })),
        ),
      });
    }
    if (Object.hasOwn(factors, name)) {
      throw new ParameterError({ what: 'case name', got: show(part), wanted: `${name} only once` });
    }
    factors[name] = parseValue(part, FACTORS[name as keyof Factors], rest.join('='));
  }
  return factors;
}

function parseValue(part: string, kind: 'number' | 'integers' | 'flag' | readonly string[], text: string): unknown {
  if (kind === 'flag') {
    if (text === '') return true;
    throw new ParameterError({ what: 'case name', got: show(part), wanted: 'the flag alone' });
  }
  if (typeof kind === 'object') {
    if (kind.includes(text)) return text;
    throw new ParameterError({ what: 'case name', got: show(part), wanted: kind.join(' or ') });
  }
  const numbers = text.split(',').map((one) => (one.trim() === '' ? NaN : Number(one)));
  if (kind === 'integers' && numbers.every(Number.isInteger)) return numbers;
  if (kind === 'number' && numbers.length === 1 && Number.isFinite(numbers[0])) return numbers[0];
  throw new ParameterError({
    what: 'case name',
    got: show(part),
    wanted: kind === 'integers' ? 'integers, with commas' : 'a number',
  });
}

/** The parts of the name of an attention case; null for any other name. */
export function splitName(name: string): { family: string; familyCase: string | null; factors: string } | null {
  const match = /^attention\/([^.:]+)(?:\.([^:]+))?(?::(.*))?$/.exec(name);
  if (match === null) return null;
  return { family: match[1], familyCase: match[2] ?? null, factors: match[3] ?? '' };
}
