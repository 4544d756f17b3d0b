// The bias that the lab's fields describe: a family's published initialisation, one of its test cases, or settings as JSON.
import type { Bias, FamilyDefinition, UncheckedOptions } from '@relbias/bias-spec';
import { forEveryHead } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';

/** An example of settings, to be shown in the empty field. */
export function exampleOf({ example = {} }: Pick<FamilyDefinition, 'example'>): string {
  return JSON.stringify(example, null, 1).replaceAll(/\n */g, ' ').replace('{ ', '{').replace(' }', '}');
}

/** Names of the biases that the suite tests of a family: known to be interesting. */
export function variantsOf({ cases }: FamilyDefinition): string[] {
  return cases.map(({ name }) => name);
}

/**
 * @param variant - a name of `variantsOf`; empty for the published initialisation.
 * @param settings - JSON of the options of the family's function, without `heads`; empty for none. They go before a variant. What is
 * learned and not among them is drawn.
 * @throws ParameterError where the family refuses them, Error for a text that is no JSON object.
 */
export function labBias(family: FamilyDefinition, heads: number, seed: number, variant: string, settings: string): Bias {
  const random = seeded(`${family.name}/${seed}`);
  if (settings.trim() !== '') return family.initialise(heads, random, forEveryHead(family, heads, parseObject(settings)));
  if (variant === '') return family.initialise(heads, random);
  const found = family.cases.find(({ name }) => name === variant);
  if (found === undefined) throw new Error(`${family.name} has no variant ${variant}: ${variantsOf(family).join(', ')}.`);
  if (found.heads !== undefined && !found.heads.includes(heads))
    throw new Error(`This variant is for ${found.heads.join(' or ')} heads, not ${heads}.`);
  return found.create(heads, random);
}

function parseObject(text: string): UncheckedOptions {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`The settings are not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    throw new Error(`The settings are ${text.trim()}, wanted an object such as {"beta": 0.1}.`);
  return parsed as UncheckedOptions;
}
