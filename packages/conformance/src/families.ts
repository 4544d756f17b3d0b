// Checks the families that a suite is made for, and distinguishes what their code throws from what a backend throws.
import type { Bias, FamilyCase, FamilyDefinition } from '@relbias/bias-spec';
import { ParameterError, requireFamily } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import { explainThrown, sentence } from './foreign.ts';

/** Something that a family does wrong. The family is at fault, not the backend under judgement. */
export class FamilyFault extends Error {
  override readonly name: string = 'FamilyFault';
}

/** Whether it is one. Backends throw anything, and asking that for its class may throw. */
export function isFamilyFault(thrown: unknown): thrown is FamilyFault {
  try {
    return thrown instanceof FamilyFault;
  } catch {
    return false;
  }
}

/** Definitions that were found valid: making their biases again for every case that is looked up would take long. */
const checked = new WeakSet<FamilyDefinition>();

/** @throws ParameterError naming the field, for anything but a list, an invalid definition, or two families of one name. */
export function requireFamilies(families: readonly FamilyDefinition[]): readonly FamilyDefinition[] {
  requireList('families', families, 'definition of a family');
  families.forEach((definition, index) => {
    if (!checked.has(definition)) {
      requireFamily(definition);
      requireCases(definition);
      checked.add(definition);
    }
    requireNewName(`families[${index}]`, families, index);
  });
  return families;
}

/** The names of cases are part of a grammar (grammar.ts), which must find them again. */
function requireCases({ name, cases }: FamilyDefinition): void {
  const what = `the family ${name}: cases`;
  requireList(what, cases, 'bias worth testing, { name, create }');
  cases.forEach((one, index) => {
    if (/[.:/;]/.test(one.name)) {
      throw new ParameterError({ what: `${what}[${index}].name`, got: show(one.name), wanted: 'a name without . : / ;' });
    }
    requireNewName(`${what}[${index}]`, cases, index);
  });
}

function requireNewName(what: string, list: readonly { readonly name: string }[], index: number): void {
  const { name } = list[index];
  if (list.findIndex((one) => one.name === name) === index) return;
  throw new ParameterError({
    what: `${what}.name`,
    got: `${show(name)}, which an earlier entry has`,
    wanted: 'a unique name',
  });
}

/** @throws ParameterError unless given a list with at least one entry. */
export function requireList(what: string, given: unknown, one: string): asserts given is readonly unknown[] {
  if (Array.isArray(given) && given.length > 0) return;
  throw new ParameterError({
    what,
    got: Array.isArray(given) ? 'an empty list' : show(given),
    wanted: Array.isArray(given) ? `at least one ${one}` : `a list of at least one ${one}`,
  });
}

/** The bias of a family case. @throws FamilyFault if there is none, or it is not the one that the definition describes. */
export function biasOf(definition: FamilyDefinition, familyCase: FamilyCase, heads: number, random: () => number): Bias {
  const bias: unknown = underFamily(definition, familyCase, `create(${heads}, random)`, () => familyCase.create(heads, random));
  const { family, convention, value, lower, adjoint } = (bias ?? {}) as Partial<Bias>;
  const wrong = (what: string, got: unknown, wanted: string): never => {
    throw new FamilyFault(`${place(definition, familyCase)}: ${what}: got ${show(got)}, want ${wanted}.`);
  };
  if (![value, lower, adjoint].every((one) => typeof one === 'function'))
    wrong('create', bias, 'a bias with value, lower, adjoint');
  if (family !== definition.name) wrong('bias.family', family, `${show(definition.name)}, the name of the definition`);
  if (convention !== definition.convention)
    wrong('bias.convention', convention, `${show(definition.convention)}, as the definition says`);
  return bias as Bias;
}

/** What code of a family returns. @throws FamilyFault naming the family, the case and the call, for whatever it throws. */
export function underFamily<T>(definition: FamilyDefinition, familyCase: FamilyCase, call: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (isFamilyFault(error)) throw error;
    const what = `${place(definition, familyCase)}: ${call}: ${explainThrown(error)}`;
    throw new FamilyFault(sentence(what), { cause: error });
  }
}

/** What `make` returns; null where the family fails, which its cases then report. */
export function unlessFault<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (isFamilyFault(error)) return null;
    throw error;
  }
}

function place(definition: FamilyDefinition, familyCase: FamilyCase): string {
  return `The family ${definition.name}, case ${familyCase.name}`;
}
