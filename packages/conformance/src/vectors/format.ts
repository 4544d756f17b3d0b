// The file format `attention-bias-vectors/1`: files, cases, and reading their fields with checks.
import { decodeNumbers } from './decode.ts';

/** The format that every file of vectors names in its `format` field. */
export const VECTOR_FORMAT = 'attention-bias-vectors/1';

/** The format of files with the bits of the reproducible profile, in the same folder. */
const REPRODUCIBLE_FORMAT = 'reproducible-attention/1';

/** One file of vectors, parsed and checked by `parseVectors`. */
export interface VectorFile {
  /** Its path or address, for messages. */
  readonly origin: string;
  readonly file: string;
  readonly cases: readonly VectorCase[];
}

/** One case: hyper-parameters and input tensors, the results of the reference implementation, and how to compare them. */
export interface VectorCase {
  readonly id: string;
  readonly family: string;
  readonly kind: string;
  readonly params: Bag;
  readonly input: Bag;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly dtype: string;
  readonly compare: string;
  /** Whether the reference implementation mishandles these parameters. */
  readonly degenerate: boolean;
  /** `owner/repository` of the code that produced `expected`, empty where there is none. */
  readonly repository: string;
  readonly exactArithmetic: Bag | null;
}

/** A file or case that is not of the format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/**
 * Checks the text of one file of vectors and returns its cases.
 *
 * @throws FormatError naming `origin`, for invalid JSON, another format, or a truncated file.
 * @example
 * parseVectors('{"format":"attention-bias-vectors/1","file":"none","count":0,"cases":[]}', 'none.json').cases.length; // 0
 */
export function parseVectors(text: string, origin: string): VectorFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${origin}: not JSON (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
  requireShallow(parsed, origin);
  const bits = isRecord(parsed) && parsed['format'] === REPRODUCIBLE_FORMAT;
  if (!isRecord(parsed) || !(bits || parsed['format'] === VECTOR_FORMAT)) {
    const got = isRecord(parsed) ? JSON.stringify(parsed['format']) : typeof parsed;
    const wanted = `${JSON.stringify(VECTOR_FORMAT)} or ${JSON.stringify(REPRODUCIBLE_FORMAT)}`;
    throw new FormatError(`${origin}: got the format ${got}, wanted ${wanted}`);
  }
  const { file, count, cases } = parsed;
  if (!Array.isArray(cases)) throw new FormatError(`${origin}: wanted a list in "cases"`);
  if (count !== undefined && count !== cases.length) {
    throw new FormatError(`${origin}: "count" says ${JSON.stringify(count)} cases, the file holds ${cases.length}`);
  }
  return {
    origin,
    file: typeof file === 'string' ? file : bits ? 'reproducible' : origin,
    cases: cases.map((one: unknown, index) => (bits ? readBitsCase : readCase)(one, `${origin}: case ${index}`)),
  };
}

/** The deepest nesting of JSON that is read, more than any tensor has: reading is recursive and could overflow the stack. */
const DEEPEST = 32;

function requireShallow(parsed: unknown, origin: string): void {
  let level = [parsed];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new FormatError(`${origin}: got JSON nested deeper than ${DEEPEST} levels, wanted vectors`);
    const below: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const one of Object.values(value)) if (typeof one === 'object' && one !== null) below.push(one);
    }
    level = below;
  }
}

function readCase(value: unknown, where: string): VectorCase {
  if (!isRecord(value)) throw new FormatError(`${where}: got ${typeof value}, wanted an object`);
  const { id, degenerate, source, exactArithmetic } = value;
  if (typeof id !== 'string') throw new FormatError(`${where}: got ${typeof id} for "id", wanted a string`);
  const text = (name: string): string => {
    const got = value[name];
    if (typeof got === 'string') return got;
    throw new FormatError(`${where} (${id}): got ${typeof got} for "${name}", wanted a string`);
  };
  const record = (name: string): Readonly<Record<string, unknown>> => {
    const got = value[name] ?? {};
    if (isRecord(got)) return got;
    throw new FormatError(`${where} (${id}): got ${typeof got} for "${name}", wanted an object`);
  };
  const repository = isRecord(source) ? source['repo'] : undefined;
  return {
    id,
    family: text('family'),
    kind: text('kind'),
    params: new Bag('params', record('params')),
    input: new Bag('input', record('input'), text('dtype').startsWith('float32') ? Math.fround : undefined),
    expected: record('expected'),
    dtype: text('dtype'),
    compare: text('compare'),
    degenerate: degenerate === true,
    repository: typeof repository === 'string' ? repository : '',
    exactArithmetic: isRecord(exactArithmetic) ? new Bag('exactArithmetic', exactArithmetic) : null,
  };
}

/** A case of the format with bits: all of its fields are input. */
function readBitsCase(value: unknown, where: string): VectorCase {
  if (!isRecord(value)) throw new FormatError(`${where}: got ${typeof value}, wanted an object`);
  const id = new Bag(where, value).text('id');
  const input = new Bag(id, value);
  return {
    id,
    family: 'bits',
    kind: 'bits',
    params: new Bag('params', {}),
    input,
    expected: {},
    dtype: input.text('dtype'),
    compare: 'bits',
    degenerate: false,
    repository: '',
    exactArithmetic: null,
  };
}

function asWritten(number: number): number {
  return number;
}

/** Fields that are read with checks. @throws FormatError naming the field, if it is missing or of another type. */
export class Bag {
  readonly what: string;
  readonly values: Readonly<Record<string, unknown>>;
  private readonly round: (one: number) => number;

  /** `round`: applied to every number; float32 tensors are written as the shortest decimals that round to them. */
  constructor(what: string, values: Readonly<Record<string, unknown>>, round: (one: number) => number = asWritten) {
    this.what = what;
    this.values = values;
    this.round = round;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  number(name: string, fallback?: number): number {
    const got = this.values[name] ?? fallback;
    return typeof got === 'number' ? got : this.refuse(name, 'a number');
  }

  boolean(name: string, fallback?: boolean): boolean {
    const got = this.values[name] ?? fallback;
    return typeof got === 'boolean' ? got : this.refuse(name, 'true or false');
  }

  text(name: string, fallback?: string): string {
    const got = this.values[name] ?? fallback;
    return typeof got === 'string' ? got : this.refuse(name, 'a string');
  }

  /** A plain list or the data of a tensor. */
  numbers(name: string): Float64Array {
    return decodeNumbers(this.values[name])?.data.map(this.round) ?? this.refuse(name, 'a list of numbers or a tensor');
  }

  /** A list of objects, each as a bag. */
  bags(name: string): Bag[] {
    const got = this.values[name];
    if (!Array.isArray(got)) return this.refuse(name, 'a list');
    return got.map((one: unknown, index) => {
      const what = `${this.what}.${name}[${index}]`;
      return isRecord(one) ? new Bag(what, one, this.round) : this.refuse(`${name}[${index}]`, 'an object');
    });
  }

  bag(name: string): Bag {
    const got = this.values[name];
    return isRecord(got) ? new Bag(`${this.what}.${name}`, got, this.round) : this.refuse(name, 'an object');
  }

  refuse(name: string, wanted: string): never {
    throw new FormatError(`${this.what}.${name}: got ${JSON.stringify(this.values[name])?.slice(0, 80)}, wanted ${wanted}`);
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
