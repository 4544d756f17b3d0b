// Values that throw when they are read, and missing arguments: every public function throws a RelbiasError that names the function,
// and no message is longer than a few lines.
import { describe, expect, it, test } from 'vitest';
import {
  RelbiasError,
  alibi,
  bookBuckets,
  bucketed,
  builtinFamilies,
  deberta,
  dynamicPosition,
  fire,
  fixed,
  headsFirst,
  kerpleLog,
  kerplePower,
  learned,
  perOffset,
  planAttention,
  sandwich,
  swin,
  t5,
  tableBias,
  tensor,
  toFloat32,
  toeplitzBias,
} from '../src/index.ts';
import { readRunOptions, requireTensor, show } from '../src/backend/index.ts';
import { seeded } from './seeded.ts';

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const thrower = (name: string | symbol): object =>
  Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw new TypeError('look elsewhere');
    },
  });

class SymbolName {
  readonly held = 1;
}
Object.defineProperty(SymbolName, 'name', { value: Symbol('not a text') });

const HOSTILE: readonly [string, unknown][] = [
  ['a revoked proxy', revoked({})],
  ['a revoked proxy of a list', revoked([])],
  ['a revoked proxy of a function', revoked(() => {})],
  ['a revoked proxy of a typed array', revoked(new Float32Array(2))],
  ['a toStringTag that throws', thrower(Symbol.toStringTag)],
  ['a constructor that throws', thrower('constructor')],
  ['fields that throw', Object.assign(thrower('data'), { shape: [1] })],
  ['a function with a Symbol for a name', SymbolName],
  ['an object of a class with a Symbol for a name', new SymbolName()],
  ['a list of such', [revoked([]), SymbolName]],
  ['a megabyte of text', 'x'.repeat(1e6)],
  ['a megabyte of description', Symbol('y'.repeat(1e6))],
  ['a megabyte of tag', { [Symbol.toStringTag]: 'z'.repeat(1e6) }],
  ['a long BigInt', 10n ** 5000n],
  ['an object without a prototype', Object.create(null)],
  ['texts that reorder a line', ['\u202Eevil', '\u001B[2J']],
];

test.each(HOSTILE)('shows %s in a few words', (_name, value) => {
  const said = show(value);
  expect(said.length).toBeLessThan(300);
  // eslint-disable-next-line no-control-regex -- what a terminal must never get is what this looks for
  expect(said).not.toMatch(/[\u0000-\u001F\u202E]/);
});

test('describes what can be read', () => {
  expect(show(revoked([]))).toBe('an object that cannot be read');
  expect(show(SymbolName)).toBe('a function');
  expect(show(() => {})).toBe('a function');
  expect(show('x'.repeat(1e6))).toBe(`"${'x'.repeat(100)}"... (1000000 characters)`);
  expect(show([revoked([]), 1])).toBe('[an object that cannot be read, 1]');
});

type AnyFunction = (given: never) => unknown;

/** Every function that takes options or data first, by its name in errors. */
const FUNCTIONS: readonly [string, AnyFunction][] = [
  ...Object.entries({ alibi, sandwich, perOffset, t5, deberta, bucketed, kerpleLog, kerplePower, fire, swin, dynamicPosition }),
  ...Object.entries({ bookBuckets, tensor, headsFirst, toFloat32, learned, fixed, toeplitzBias, tableBias }),
  ['problem', planAttention],
  ['x', (given: unknown) => requireTensor('x', given, [1])],
];

describe.each(FUNCTIONS)('%s', (name, call) => {
  it.each([['undefined', undefined], ['null', null], ['a number', 5], ...HOSTILE])('refuses %s', (_name, value) => {
    expect(() => call(value as never)).toThrow(RelbiasError);
    expect(() => call(value as never)).toThrow(name);
    expect(messageOf(() => call(value as never)).length).toBeLessThan(1000);
  });
});

describe.each(builtinFamilies.map((family) => [family.name, family] as const))('the definition of %s', (_name, family) => {
  it.each([['undefined', undefined], ['null', null], ['a number', 5], ...HOSTILE])(
    'refuses %s for options with an error of ours, if at all',
    (_what, value) => {
      // For some functions an object without own options is valid.
      expect(refusalOf(() => family.create(value as never))).toMatch(/^(?:taken|RelbiasError)$/);
      expect(refusalOf(() => family.initialise(4, seeded(1), value as never))).toMatch(/^(?:taken|RelbiasError)$/);
    },
  );
});

it.each(HOSTILE)(
  'options of a run, of a problem and of a mask that are %s are refused by an error of ours, if at all',
  (_name, value) => {
    const problem = { heads: 1, queries: 1, keys: 1, headDim: 1 };
    expect(refusalOf(() => readRunOptions(value as never))).toMatch(/^(?:taken|RelbiasError)$/);
    for (const field of ['heads', 'bias', 'mask', 'positions', 'queryStart', 'softcap', 'scale', 'numerics']) {
      expect(refusalOf(() => planAttention({ ...problem, [field]: value }))).toMatch(/^(?:taken|RelbiasError)$/);
    }
    for (const field of ['causal', 'window', 'keyLengths', 'segments']) {
      expect(refusalOf(() => planAttention({ ...problem, mask: { [field]: value } }))).toMatch(/^(?:taken|RelbiasError)$/);
    }
  },
);

it('null is refused for every option, with the hint to leave the option out', () => {
  const problem = { heads: 1, queries: 1, keys: 1, headDim: 1 };
  const wayOut = /: got null, wanted a value\. To take the default, leave the option out\.$/;
  const fields = ['batch', 'valueDim', 'keyValueHeads', 'bias', 'convention', 'scale', 'biasScale', 'mask', 'softcap'];
  for (const field of [...fields, 'queryStart', 'positions', 'numerics']) {
    expect(() => planAttention({ ...problem, [field]: null })).toThrow(wayOut);
  }
  for (const field of ['causal', 'window', 'keyLengths', 'segments']) {
    expect(() => planAttention({ ...problem, mask: { [field]: null } })).toThrow(wayOut);
  }
  for (const side of ['left', 'right']) {
    expect(() => planAttention({ ...problem, mask: { window: { [side]: null } } })).toThrow(wayOut);
  }
  for (const option of ['logSumExp', 'signal', 'progress']) {
    expect(() => readRunOptions({ [option]: null })).toThrow(wayOut);
  }
  for (const { options, create, initialise } of builtinFamilies) {
    for (const { name } of options) {
      expect(() => create({ heads: 4, [name]: null })).toThrow(wayOut);
      expect(() => initialise(4, seeded(1), { [name]: null })).toThrow(wayOut);
    }
  }
});

/** How a call ends: accepted, refused with a RelbiasError, or with another error. */
function refusalOf(work: () => unknown): string {
  try {
    work();
    return 'taken';
  } catch (error) {
    return error instanceof RelbiasError ? 'RelbiasError' : String(error);
  }
}

function messageOf(work: () => unknown): string {
  try {
    return String(work());
  } catch (error) {
    return (error as Error).message;
  }
}
