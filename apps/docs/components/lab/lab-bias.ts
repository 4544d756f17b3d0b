// The bias that the lab's fields describe: a family's published initialisation, one of its test cases, or settings as JSON.
import type { Bias } from '@relbias/bias-spec';
import * as spec from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import { definitionOf, initialBias } from '../family/family-bias.ts';

type Settings = Record<string, unknown> & { readonly heads: number };

/** A family's function as one that takes settings from a text; its own checks are the types' stand-in. */
const unchecked = (make: (options: never) => Bias) => make as (settings: Settings) => Bias;

/** Families whose function can be called with settings; what is learned and not given is drawn. */
const MAKERS: Readonly<Record<string, (settings: Settings, random: spec.Random) => Bias>> = {
  alibi: unchecked(spec.alibi),
  sandwich: unchecked(spec.sandwich),
  t5: (settings, random) => {
    const { heads, numBuckets = 32 } = settings as { heads: number; numBuckets?: number };
    return unchecked(spec.t5)({ table: spec.normalTable(numBuckets, heads, 1, random), ...settings });
  },
  'per-offset': (settings, random) => {
    const { heads, maxDistance = 32, causal = false } = settings as { heads: number; maxDistance?: number; causal?: boolean };
    const values = causal ? maxDistance + 1 : 2 * maxDistance + 1;
    return unchecked(spec.perOffset)({ maxDistance, table: spec.normalTable(values, heads, 1, random), ...settings });
  },
  'kerple-log': (settings) => unchecked(spec.kerpleLog)(forEveryHead(settings, ['r1', 'r2'])),
  'kerple-power': (settings) => unchecked(spec.kerplePower)(forEveryHead(settings, ['r1', 'r2'])),
  fire: unchecked(spec.fire),
  swin: unchecked(spec.swin),
  'dynamic-position': unchecked(spec.dynamicPosition),
};

/** One number stands for as many as there are heads. */
function forEveryHead(settings: Settings, names: readonly string[]): Settings {
  const spread = names.map((name) => {
    const given = settings[name] ?? 1;
    return [name, typeof given === 'number' ? Array<number>(settings.heads).fill(given) : given];
  });
  return { ...settings, ...Object.fromEntries(spread) };
}

/** An example of settings for each family that takes them. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  alibi: '{"beta": 0.1}',
  sandwich: '{"dimension": 64}',
  t5: '{"numBuckets": 8, "maxDistance": 32, "bidirectional": false}',
  'per-offset': '{"maxDistance": 8}',
  'kerple-log': '{"r1": 1, "r2": 0.5}',
  'kerple-power': '{"r1": 0.1, "r2": 1.5}',
};

/** Names of the biases that the suite tests of a family: known to be interesting. */
export function variantsOf(family: string): string[] {
  return definitionOf(family).cases.map(({ name }) => name);
}

/**
 * @param variant - a name of `variantsOf`; empty for the published initialisation.
 * @param settings - JSON of the options of the family's function, without `heads`; empty for none. They go before a variant.
 * @throws ParameterError where the family refuses them, Error for a text that is no JSON object.
 */
export function labBias(family: string, heads: number, seed: number, variant: string, settings: string): Bias {
  const random = seeded(`${family}/${seed}`);
  if (settings.trim() !== '') {
    if (!Object.hasOwn(MAKERS, family)) throw new Error(`${family} takes no settings here: choose one of its variants.`);
    return MAKERS[family]({ ...parseObject(settings), heads }, random);
  }
  if (variant === '') return initialBias(family, heads, seed);
  const found = definitionOf(family).cases.find(({ name }) => name === variant);
  if (found === undefined) throw new Error(`${family} has no variant ${variant}: ${variantsOf(family).join(', ')}.`);
  if (found.heads !== undefined && !found.heads.includes(heads))
    throw new Error(`This variant is for ${found.heads.join(' or ')} heads, not ${heads}.`);
  return found.create(heads, random);
}

function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`The settings are not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    throw new Error(`The settings are ${text.trim()}, wanted an object such as {"beta": 0.1}.`);
  return parsed as Record<string, unknown>;
}
