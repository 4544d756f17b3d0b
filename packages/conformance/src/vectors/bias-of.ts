// The bias that a case describes, made by its family's definition. This file lists where published code differs from the definition: other names,
// other defaults, other rounding. The options of a family that is not listed have their own names.
import type { Bias, FamilyDefinition, FamilyOption, TableLayout, UncheckedOptions } from '@relbias/bias-spec';
import { alibiSlopes, builtinFamilies } from '@relbias/bias-spec';
import type { Bag } from './format.ts';
import { FormatError } from './format.ts';

/** The parameters of a bias: hyper-parameters, tensors, and the repository, where implementations differ. */
export interface Ingredients {
  readonly heads: number;
  /** `params`, or `input.biasParameters` of an attention case. */
  readonly params: Bag;
  readonly input: Bag;
  readonly repository: string;
}

/** Families with another name in the format. */
const FAMILY_NAMES: Readonly<Record<string, string>> = { 'dynamic-position-bias': 'dynamic-position' };

/** Parameters with another name in the format, which is that of KERPLE's code, by our names. */
const PARAMETER_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kerple-log': { r1: 'p', r2: 'a' },
  'kerple-power': { r1: 'a', r2: 'p' },
};

const HABITS: Readonly<Record<string, (given: Ingredients) => UncheckedOptions>> = {
  alibi: alibiOptions,
  t5({ params, input }) {
    // x-transformers multiplies the entry by a float32 scale, and the product is rounded to float32.
    const scale = Math.fround(params.number('scale', 1));
    const table = input.numbers('table');
    return {
      numBuckets: params.number('numBuckets'),
      maxDistance: params.number('maxDistance'),
      bidirectional: params.boolean('bidirectional'),
      table: scale === 1 ? table : table.map((one) => Math.fround(one * scale)),
      layout: layoutOf(input),
      // The references evaluate the logarithm in float32.
      rounding: 'float32',
    };
  },
  'kerple-log': (given) => kerpleOptions('kerple-log', given),
  'kerple-power': (given) => kerpleOptions('kerple-power', given),
  fire({ input }) {
    const numbers = ['w1', 'b1', 'w2', 'b2'].map((name) => [name, input.numbers(name)]);
    const constants = ['c', 'threshold', 'thresholdMultiplier', 'eps'].map((name) => [name, input.number(name)]);
    return {
      ...Object.fromEntries([...numbers, ...constants]),
      future: input.boolean('signed', false) ? 'signed' : 'unsigned',
    };
  },
  sandwich: ({ params }) => ({ dimension: params.number('dBar') }),
};

/**
 * The bias of a case.
 *
 * @param changed - options of the definition that replace those of the case.
 * @throws FormatError for an unknown family.
 */
export function biasOf(family: string, given: Ingredients, changed: UncheckedOptions = {}): Bias {
  const definition = definitionOf(family);
  const options = HABITS[definition.name]?.(given) ?? namedOptions(definition, given);
  return definition.create({ ...options, ...changed, heads: given.heads });
}

/** The definition of a family by its name here or in the format. */
function definitionOf(family: string): FamilyDefinition {
  const name = Object.hasOwn(FAMILY_NAMES, family) ? FAMILY_NAMES[family] : family;
  const definition = builtinFamilies.find((one) => one.name === name);
  if (definition === undefined) throw new FormatError(`the family ${JSON.stringify(family)} is unknown`);
  return definition;
}

/** The name of a parameter in the format. */
export function formatName(family: string, parameter: string): string {
  return PARAMETER_NAMES[family]?.[parameter] ?? parameter;
}

function namedOptions({ options }: FamilyDefinition, { params, input }: Ingredients): UncheckedOptions {
  const read = options.flatMap((option): [string, unknown][] => {
    const { name, required } = option;
    if (options.some((one) => one.kind === 'numbers' && one.layout === name)) return [[name, layoutOf(input)]];
    const bag = option.kind === 'numbers' || option.kind === 'layers' ? input : params;
    return bag.has(name) || required === true ? [[name, optionFrom(bag, option)]] : [];
  });
  return Object.fromEntries(read);
}

function optionFrom(bag: Bag, { name, kind }: FamilyOption): unknown {
  switch (kind) {
    case 'integer':
    case 'number':
      return bag.number(name);
    case 'boolean':
      return bag.boolean(name);
    case 'choice':
      return bag.text(name);
    case 'numbers':
      return bag.numbers(name);
    case 'layers':
      return bag.bags(name).map((layer) => ({ weight: layer.numbers('weight'), bias: layer.numbers('bias') }));
    case 'function':
      return bag.refuse(name, 'a family that text can describe');
    default:
      return kind satisfies never;
  }
}

function alibiOptions({ heads, params, input, repository }: Ingredients): UncheckedOptions {
  const mode = params.text('mode', 'symetric');
  if (mode !== 'symetric' && mode !== 'asymetric') params.refuse('mode', '"symetric" or "asymetric"');
  const signed = params.boolean('signed', false);
  const causal = params.boolean('causal', false) ? 'zero' : 'unsigned';
  const future = mode === 'asymetric' ? 'asymmetric' : signed ? 'signed' : causal;
  if (params.has('beta')) return { beta: params.number('beta'), future };
  if (input.has('slopes')) return { slopes: input.numbers('slopes'), future, learned: true };
  // attention-gym uses the geometric series for every number of heads; the ALiBi code does so for powers of two only.
  if (repository.endsWith('/attention-gym')) {
    return { slopes: Array.from({ length: heads }, (_, head) => 2 ** ((-8 * (head + 1)) / heads)), future };
  }
  const biased = params.number('biasedHeads', heads);
  if (biased === heads) return { biasMax: params.number('biasMax', 8), future };
  // x-transformers: slopes for the first `biasedHeads` heads, no bias on the others.
  const slopes = new Float64Array(heads);
  slopes.set(alibiSlopes(biased).map(Math.fround));
  return { slopes, future };
}

function kerpleOptions(family: string, { input }: Ingredients): UncheckedOptions {
  const [r1, r2] = ['r1', 'r2'].map((name) => input.numbers(formatName(family, name)));
  return { r1, r2, clamp: true, future: 'zero' };
}

/** `[numBuckets, heads]`, which is the default, or the transpose. */
function layoutOf(input: Bag): TableLayout {
  const layout = input.text('tableLayout', '[rows, heads]');
  if (/^\[heads, .+\]$/.test(layout)) return 'heads-buckets';
  return /^\[.+, heads\]$/.test(layout) ? 'buckets-heads' : input.refuse('tableLayout', '"[<rows>, heads]" or "[heads, <rows>]"');
}
