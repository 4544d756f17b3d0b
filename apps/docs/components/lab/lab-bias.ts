// The bias that the lab's fields describe: a family's initialisation, the parameters of a golden case, a case of the test suite, or settings
// as JSON.
import type { Bias, FamilyDefinition, UncheckedOptions } from '@relbias/bias-spec';
import { forEveryHead } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import type { GoldenPreset } from '../../src/presets.ts';

/** The variant that means the parameters of a golden case. No case of the suite has this name. */
export const GOLDEN = 'golden';

/** An example of settings, shown in the empty field. */
export function exampleOf({ example = {} }: Pick<FamilyDefinition, 'example'>): string {
  return JSON.stringify(example, null, 1).replaceAll(/\n */g, ' ').replace('{ ', '{').replace(' }', '}');
}

/** Names of the biases of a family that the suite tests. */
export function variantsOf({ cases }: FamilyDefinition): string[] {
  return cases.map(({ name }) => name);
}

/**
 * @param variant - a name of `variantsOf`, or `GOLDEN`; empty for the initialisation.
 * @param settings - JSON of the options of the family's function, without `heads`; empty for none. They take precedence over a variant.
 * Learned parameters that they leave out are drawn.
 * @throws ParameterError where the family refuses them, Error for a text that is no JSON object.
 */
export function labBias(
  family: FamilyDefinition,
  heads: number,
  seed: number,
  variant: string,
  settings: string,
  golden?: GoldenPreset,
): Bias {
  const random = seeded(`${family.name}/${seed}`);
  if (settings.trim() !== '') return family.initialise(heads, random, forEveryHead(family, heads, parseObject(settings)));
  if (variant === '') return family.initialise(heads, random);
  if (variant === GOLDEN && golden !== undefined) {
    requireHeads([golden.heads], heads);
    return family.create({ ...golden.options, heads });
  }
  const found = family.cases.find(({ name }) => name === variant);
  const names = [...(golden === undefined ? [] : [GOLDEN]), ...variantsOf(family)];
  if (found === undefined) throw new Error(`Parameters of ${family.title}: got "${variant}", wanted one of ${names.join(', ')}.`);
  if (found.heads !== undefined) requireHeads(found.heads, heads);
  return found.create(heads, random);
}

function requireHeads(wanted: readonly number[], heads: number): void {
  if (!wanted.includes(heads)) throw new Error(`These parameters: got ${heads} heads, wanted ${wanted.join(' or ')}.`);
}

function parseObject(text: string): UncheckedOptions {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(
      `Settings: got text that is not JSON (${(error as Error).message}), wanted an object such as {"beta": 0.1}.`,
      { cause: error },
    );
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    throw new Error(`Settings: got ${text.trim()}, wanted an object such as {"beta": 0.1}.`);
  return parsed as UncheckedOptions;
}
