// Families of a user: an error names the wrong field of a definition, and errors of a family's code name the family.
import { describe, expect, it } from 'vitest';
import type { AttentionProblem, Bias, FamilyDefinition } from '../src/index.ts';
import {
  ParameterError,
  UnsupportedError,
  alibi,
  alibiFamily,
  builtinFamilies,
  planAttention,
  readValue,
  requireFamily,
  toeplitzBias,
  unchecked,
} from '../src/index.ts';
import { backendOf, withRoom } from '../src/backend/index.ts';
import { ONE, toy } from './toy-kernels.ts';

function rootOf(value: (head: number, distance: number) => number = (_head, distance) => -Math.sqrt(Math.abs(distance))): Bias {
  return toeplitzBias({ family: 'root', heads: 4, convention: 'after-scaling', parameters: {}, value, addGradient: () => {} });
}

const ROOT: FamilyDefinition = {
  name: 'root',
  title: 'Root',
  kind: 'heuristic',
  idea: 'Far keys are penalised, ever less.',
  formula: String.raw`-\sqrt{|i - j|}`,
  citation: 'none',
  convention: 'after-scaling',
  options: [
    { name: 'power', kind: 'number', above: 0, meaning: 'exponent', default: 0.5 },
    { name: 'side', kind: 'choice', choices: ['past', 'both'], meaning: 'who sees whom', default: 'both' },
  ],
  traps: [],
  create: unchecked(() => rootOf()),
  initialise: () => rootOf(),
  cases: [],
};

it('accepts every family of this package, and a valid one of a user', () => {
  for (const family of [...builtinFamilies, ROOT]) expect(requireFamily(family)).toEqual(family);
});

const option = (fields: object): object => ({ options: [{ name: 'one', meaning: 'something', ...fields }] });

it.each<[string, object, string]>([
  ['no name', { name: undefined }, 'family.name: got undefined, wanted a name'],
  ['a name of several words', { name: 'My family' }, 'family.name: got "My family", wanted lower-case words joined by -'],
  ['no title', { title: '' }, 'the family root: title: got "", wanted a name'],
  ['an unknown kind', { kind: 'fixed' }, 'the family root: kind: got "fixed", wanted "none" or "heuristic" or "learned"'],
  ['an unknown convention', { convention: 'after' }, 'the family root: convention: got "after"'],
  ['no create', { create: undefined }, 'the family root.create: got undefined, wanted a function'],
  ['no initialise', { initialise: 5 }, 'the family root.initialise: got 5, wanted a function'],
  ['traps in one text', { traps: 'many' }, 'the family root: traps: got "many", wanted a list'],
  ['an invalid trap', { traps: [5] }, 'the family root: traps[0]: got 5'],
  ['symbols without meaning', { symbols: [['x']] }, 'the family root: symbols[0]: got ["x"], wanted [LaTeX, meaning]'],
  ['a user without a convention', { users: [{ who: 'me' }] }, 'the family root: users[0].convention: got undefined'],
  ['a case without a function', { cases: [{ name: 'one' }] }, 'the family root: cases[0].create: got undefined'],
  [
    'two cases of one name',
    { cases: [alibiFamily.cases[0], alibiFamily.cases[0]] },
    'the family root: cases[1].name: got "published", wanted each case once',
  ],
  ['no options', { options: undefined }, 'the family root: options: got undefined, wanted a list'],
  ['an option that is null', { options: [null] }, 'the family root: options[0]: got null'],
  ['heads among the options', option({ name: 'heads', kind: 'integer', least: 1 }), 'every family has heads'],
  ['an option twice', { options: [ROOT.options[0], ROOT.options[0]] }, 'options[1].name: got "power", wanted each option once'],
  ['an option without meaning', option({ kind: 'number', meaning: '' }), 'option one: meaning: got ""'],
  ['an unknown kind of option', option({ kind: 'text' }), 'option one: kind: got "text", wanted "integer" or'],
  ['no choices', option({ kind: 'choice', choices: [] }), 'option one: choices: got [], wanted at least one'],
  ['invalid choices', option({ kind: 'choice', choices: [1, null] }), 'option one: choices[0]: got 1, wanted a name'],
  ['a choice of null', option({ kind: 'choice', choices: ['a', null] }), 'option one: choices[1]: got null, wanted an entry'],
  [
    'a default that is no choice',
    option({ kind: 'choice', choices: ['a'], default: 'b' }),
    'option one: default: got "b", wanted "a"',
  ],
  ['a text for most', option({ kind: 'integer', least: 1, most: 'a' }), 'option one: most: got "a", wanted an integer'],
  ['NaN for least', option({ kind: 'integer', least: Number.NaN }), 'option one: least: got NaN, wanted an integer'],
  [
    'least above most',
    option({ kind: 'integer', least: 5, most: 3 }),
    'option one: most: got 3, wanted an integer of at least 5',
  ],
  [
    'a default below least',
    option({ kind: 'integer', least: 5, default: 3 }),
    'option one: default: got 3, wanted an integer of at least 5',
  ],
  [
    'a default that is not above',
    option({ kind: 'number', above: 0, default: 0 }),
    'option one: default: got 0, wanted a number above 0',
  ],
  ['NaN for above', option({ kind: 'number', above: Number.NaN }), 'option one: above: got NaN'],
  [
    'switches in a text',
    option({ kind: 'boolean', default: true, switches: 'abc' }),
    'option one: switches: got "abc", wanted an object',
  ],
  ['an invalid switch', option({ kind: 'boolean', default: true, switches: { true: 5 } }), 'option one: switches.true: got 5'],
  ['a boolean without a default', option({ kind: 'boolean' }), 'option one: default: got undefined, wanted true or false'],
  ['numbers without a shape', option({ kind: 'numbers' }), 'option one: shape: got undefined'],
  [
    'a layout that is no option',
    option({ kind: 'numbers', shape: '[heads]', layout: 'order' }),
    'layout: got "order", wanted "one"',
  ],
  ['a required option with a default', option({ kind: 'number', required: true, default: 1 }), 'default: got 1, wanted none'],
  [
    'an example of other options',
    { example: { pwoer: 1 } },
    "the family root: example.pwoer: got the unknown option 'pwoer', wanted one of power, side. Did you mean 'power'?",
  ],
  // What it makes.
  [
    'nothing made',
    { initialise: () => undefined },
    'the family root: the bias that initialise makes: got undefined, wanted an object',
  ],
  [
    'a bias of another family',
    { initialise: () => alibi({ heads: 4 }) },
    'the family root: family of its bias: got "alibi", wanted "root"',
  ],
  [
    'another convention',
    { convention: 'unscaled' },
    'the family root: convention of its bias: got "after-scaling", wanted "unscaled"',
  ],
  [
    'a bias of other heads',
    { initialise: () => ({ ...rootOf(), heads: 5 }) },
    'the family root: heads of its bias: got 5, wanted 4',
  ],
  [
    'values of NaN',
    { initialise: () => ({ ...rootOf(), value: () => Number.NaN }) },
    'root.value(0, 0, 0): got NaN, wanted a number',
  ],
  ['an initialise that throws', { initialise: () => JSON.parse('{') as Bias }, 'root: initialise(4, random): got an error ('],
])('refuses a definition with %s', (_mistake, fields, message) => {
  const call = (): unknown => requireFamily({ ...ROOT, ...fields });
  expect(call).toThrow(ParameterError);
  expect(call).toThrow(message);
});

it('names the method that throws, without its arguments', () => {
  const initialise = (): never => {
    throw new Error('not today');
  };
  expect(() => requireFamily({ ...alibiFamily, initialise })).toThrow(
    'the family alibi: initialise(4, random): got an error (not today), wanted a bias. The family has a mistake in `initialise`.',
  );
});

it.each([[undefined], [null], ['root'], [rootOf]])('refuses %o for a definition', (definition) => {
  expect(() => requireFamily(definition as never)).toThrow(/^family: got .*, wanted an object/);
});

describe('a bias with a mistake', () => {
  const planOf = (fields: object): (() => unknown) => {
    const problem: AttentionProblem = { heads: 4, queries: 3, keys: 3, headDim: 2, bias: { ...rootOf(), ...fields } };
    return () => planAttention(problem);
  };

  it.each<[string, object, string]>([
    ['no family', { family: undefined }, 'problem.bias.family: got undefined'],
    ['no value', { value: undefined }, 'problem.bias.value: got undefined, wanted a function'],
    ['heads of NaN', { heads: Number.NaN }, 'problem.bias.heads: got NaN'],
    ['no convention', { convention: undefined }, 'problem.bias.convention: got undefined'],
    ['a lower that throws', { lower: () => (undefined as unknown as { x: object }).x }, 'root.lower: got an error (Cannot read'],
    ['a value that throws', { value: () => (undefined as unknown as { x: number }).x }, 'root.value: got an error (Cannot read'],
    [
      'a getter that throws',
      {
        lower: () => [
          {
            get kind() {
              throw new Error('not today');
            },
          },
        ],
      },
      'root.lower: got an error (not today), wanted terms. The family has a mistake in `lower`.',
    ],
    [
      'a value of a text',
      { value: () => 'one' },
      'root.value(0, 0, 0): got "one", wanted a number, or -Infinity to hide the pair',
    ],
    ['a value of Infinity', { value: () => Infinity }, 'got Infinity, wanted a number'],
    [
      'other values than terms',
      { value: () => -7 },
      'root: got -7 from value(0, 0, 0) and 0 from the terms of lower, wanted the same bias from both',
    ],
    [
      'values that hide a pair and terms that do not',
      { value: () => -Infinity },
      'root: got -Infinity from value(0, 0, 0) and 0',
    ],
    [
      'a recursion without end',
      {
        lower: function again(): unknown {
          return again();
        },
      },
      'root.lower: got an error (Maximum call stack size exceeded)',
    ],
    ['a count below 0', { lower: () => ' '.repeat(-1) }, 'root.lower: got an error (Invalid count value: -1)'],
  ])('is refused: %s', (_mistake, fields, message) => {
    expect(planOf(fields)).toThrow(ParameterError);
    expect(planOf(fields)).toThrow(message);
  });

  it('keeps the thrown error as the cause', () => {
    const thrown = new Error('not today');
    const call = planOf({
      lower: () => {
        throw thrown;
      },
    });
    expect(call).toThrow(expect.objectContaining({ cause: thrown }));
  });

  it('readValue names the family and the pair', () => {
    expect(readValue(rootOf(), 1, -4, 0)).toBe(-2);
    expect(
      readValue(
        rootOf(() => -Infinity),
        1,
        -4,
        0,
      ),
    ).toBe(-Infinity);
    expect(() =>
      readValue(
        rootOf(() => Number.NaN),
        1,
        -4,
        0,
      ),
    ).toThrow('root.value(1, -4, 0): got NaN, wanted a number');
  });
});

describe('withRoom', () => {
  it.each([
    'Array buffer allocation failed',
    'Invalid typed array length: 1e16',
    'Invalid array length',
    'invalid or out-of-range length',
    'WebAssembly.Memory(): could not allocate memory',
    'Out of memory',
    'length too large',
  ])('takes %j for a lack of memory', (message) => {
    const call = (): unknown =>
      withRoom('cpu', 'the tables', 'Split it.', () => {
        throw new RangeError(message);
      });
    expect(call).toThrow(UnsupportedError);
    expect(call).toThrow(`cpu: got no room for the tables (${message})`);
  });

  it('leaves other RangeErrors of a kernel as they are', async () => {
    const mistake = new RangeError('toFixed() digits argument must be between 0 and 100');
    const { kernels } = toy({}, { prepare: () => Promise.reject(mistake) });
    await expect(backendOf(kernels).prepare(ONE)).rejects.toBe(mistake);
  });
});
