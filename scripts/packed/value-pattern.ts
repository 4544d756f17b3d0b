// The value that a comment in an example claims: `0.125`, `[1, 2, ...]`, `{ scale: 0.125 }`, `Int32Array [3, 4]`, `'text'`, `0.333...`.
// Reading it, and comparing it with the value there is. Runs in Node and in pages.

type Pattern =
  | { readonly kind: 'number'; readonly text: string; readonly rounded: boolean; readonly cut: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'word'; readonly value: unknown }
  | { readonly kind: 'list'; readonly type: string; readonly items: readonly (Pattern | typeof GAP)[] }
  | { readonly kind: 'record'; readonly type: string; readonly fields: ReadonlyMap<string, Pattern>; readonly open: boolean };

/** `...` in a list: any number of items. */
const GAP = Symbol('...');

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);

/** A number in a comment with at least this many digits is rounded; a shorter one is exact. */
const ROUNDED_DIGITS = 5;

/** Whether a comment states a value, rather than prose. */
export function statesValue(comment: string): boolean {
  return /^(=>|about |[-+≈~]? ?[\d.]|['"[{]|-?Infinity\b|(true|false|null|undefined|NaN)\b|[A-Z]\w*(\(\d+\))? ?[[{])/.test(
    comment.trim(),
  );
}

/** Reads the value that a comment states. Prose may follow after one of `:;,(`. Null if it is not a value. */
export function readPattern(comment: string): Pattern | null {
  let rest = comment.trim().replace(/^=>\s*/, '');

  const take = (expression: RegExp): string | null => {
    const match = expression.exec(rest);
    if (match === null) return null;
    rest = rest.slice(match[0].length).trimStart();
    return match[0];
  };

  function value(): Pattern | null {
    const rounded = take(/^(about |≈|~)/) !== null;
    const number = take(/^[-+]?((\d[\d_]*)?\.?\d+(e[-+]?\d+)?n?|Infinity)|^NaN\b/i);
    if (number !== null) return { kind: 'number', text: number.replaceAll('_', ''), rounded, cut: take(/^(\.\.\.|…)/) !== null };
    const quoted = take(/^'[^']*'|^"[^"]*"/);
    if (quoted !== null) return { kind: 'text', text: quoted.slice(1, -1) };
    const word = take(/^(true|false|null|undefined)\b/);
    if (word !== null) return { kind: 'word', value: WORDS.get(word) };
    const type = (take(/^[A-Z]\w*(\(\d+\))? ?(?=[[{])/) ?? '').replace(/\(\d+\)/, '').trim();
    if (take(/^\[/)) return list(type);
    return take(/^\{/) ? record(type) : null;
  }

  function list(type: string): Pattern | null {
    const items: (Pattern | typeof GAP)[] = [];
    while (!take(/^\]/)) {
      const item = take(/^(\.\.\.|…)/) ? GAP : value();
      if (item === null || !(take(/^,/) || rest.startsWith(']'))) return null;
      items.push(item);
    }
    return { kind: 'list', type, items };
  }

  function record(type: string): Pattern | null {
    const fields = new Map<string, Pattern>();
    while (!take(/^\}/)) {
      if (take(/^(\.\.\.|…)/)) return take(/^\}/) ? { kind: 'record', type, fields, open: true } : null;
      const name = take(/^[\w$]+(?=\s*:)/);
      const field = name !== null && take(/^:/) ? value() : null;
      if (name === null || field === null || !(take(/^,/) || rest.startsWith('}'))) return null;
      fields.set(name, field);
    }
    return { kind: 'record', type, fields, open: false };
  }

  const pattern = value();
  return rest === '' || /^[:;,(]/.test(rest) ? pattern : null;
}

function matches(pattern: Pattern, value: unknown): boolean {
  switch (pattern.kind) {
    case 'number':
      return typeof value === 'bigint'
        ? pattern.text === `${value}n`
        : typeof value === 'number' && matchesNumber(pattern, value);
    case 'text':
      return value === pattern.text;
    case 'word':
      return value === pattern.value;
    case 'list': {
      if (!isList(value) || (pattern.type !== '' && value.constructor.name !== pattern.type)) return false;
      return matchesItems(pattern.items, Array.from(value));
    }
    case 'record': {
      if (value === null || typeof value !== 'object' || (pattern.type !== '' && value.constructor?.name !== pattern.type))
        return false;
      if (!pattern.open && Object.keys(value).length !== pattern.fields.size) return false;
      return [...pattern.fields].every(
        ([name, field]) => name in value && matches(field, (value as Record<string, unknown>)[name]),
      );
    }
    default:
      return pattern satisfies never;
  }
}

function matchesItems([first, ...others]: readonly (Pattern | typeof GAP)[], values: readonly unknown[]): boolean {
  if (first === undefined) return values.length === 0;
  if (first === GAP) return values.some((_, skipped) => matchesItems(others, values.slice(skipped + 1)));
  return values.length > 0 && matches(first, values[0]) && matchesItems(others, values.slice(1));
}

/** Short numbers are exact, in float64 or float32. Long, cut (`...`) and rounded (`≈`) ones agree in the digits that are printed. */
function matchesNumber({ text, rounded, cut }: Pattern & { kind: 'number' }, value: number): boolean {
  const stated = Number(text);
  if (Object.is(stated, value) || stated === value || Math.fround(stated) === value) return true;
  const [mantissa, exponent] = text.toLowerCase().split('e');
  const digits = mantissa.replace(/^[-+]?[0.]*/, '').replace('.', '');
  const decimals = mantissa.split('.')[1]?.length ?? 0;
  const unit = 10 ** (Number(exponent ?? 0) - decimals);
  const off = Math.abs(value - stated);
  if (cut) return off < unit;
  // Slightly more than half, because the subtraction itself rounds.
  return (rounded || digits.length >= ROUNDED_DIGITS) && off <= 0.500001 * unit;
}

function isList(value: unknown): value is ArrayLike<unknown> & object {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** The value as a comment would state it. */
function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value);
  const type = value.constructor?.name ?? '';
  if (isList(value)) return `${Array.isArray(value) ? '' : `${type} `}[${Array.from(value, describe).join(', ')}]`;
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${describe(field)}`);
  return `${type === 'Object' ? '' : `${type} `}{ ${fields.join(', ')} }`;
}

/** The longest value that an error message prints. */
const SHOWN = 300;

/** Called by instrumented examples: returns the value, or throws if the comment states another. */
export function expectValue<T>(value: T, comment: string, where: string): T {
  const pattern = readPattern(comment);
  if (pattern !== null && matches(pattern, value)) return value;
  const described = describe(value);
  const is = described.length > SHOWN ? `${described.slice(0, SHOWN)}...` : described;
  const stated = comment.trim().replace(/^=>\s*/, '');
  const complaint = pattern === null ? `begins like a value but is not one` : 'is not true';
  throw new Error(`${where}: the comment "${stated}" ${complaint}; the value is ${is}`);
}
