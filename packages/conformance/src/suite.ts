// The list of cases, and finding a case by its name.
import type { FamilyDefinition } from '@relbias/bias-spec';
import { ParameterError, builtinFamilies } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import { adjointCases } from './adjoint.ts';
import { attentionCase, controlForm } from './attention-case.ts';
import { findBitsCase } from './bits/cases.ts';
import type { Case } from './case.ts';
import { claimCases } from './claims.ts';
import { contractCases } from './contract.ts';
import { COMBINATIONS, TILED, sides } from './combinations.ts';
import { BASIC, BIAS_DEVIATIONS, BOUNDARY, CONTENT_DEVIATIONS } from './deviations.ts';
import type { Factors } from './grammar.ts';
import { parseFactors, splitName } from './grammar.ts';
import { requireFamilies, unlessFault } from './families.ts';
import type { BiasForm } from './lowered-value.ts';
import { memoryCases } from './memory.ts';
import { meant } from './names.ts';

/**
 * All cases, in the order of a report: the claims of a backend, its behaviour, the gradients of the families, then attention, family by
 * family. A family case that cannot be made is still listed once, and fails with what the family threw.
 *
 * @throws ParameterError for anything but a list, an invalid definition, or two families of one name.
 * @example
 * allCases().map(({ name }) => name); // ['claims/ran-on', ..., 'attention/alibi:heads=12', ...]
 */
export function allCases(families: readonly FamilyDefinition[] = builtinFamilies): Case[] {
  requireFamilies(families);
  const formsSeen = new Set<string>();
  let turn = 0;
  const attention = families.flatMap((definition) => {
    const formsOfFamily = new Set<string>();
    return definition.cases.flatMap((familyCase) => {
      const form = unlessFault(() => controlForm(definition, familyCase));
      if (form === null) return attentionCase(definition, familyCase, {});
      const deviations = [
        ...BASIC,
        ...(familyCase.distances === undefined || familyCase.tokens !== undefined ? [] : [BOUNDARY]),
        ...(formsOfFamily.has(form) ? [] : BIAS_DEVIATIONS),
        ...(formsSeen.has(form) ? [] : CONTENT_DEVIATIONS),
        ...everyNth(COMBINATIONS, formsSeen.has(form) ? SHARES : COMBINATIONS_OF[form], turn++),
        ...(formsSeen.has(form) || form !== 'per-distance' ? [] : TILED),
        ...(formsSeen.has(form) ? [] : everyNth(sides(5 * formsSeen.size), SIDES_OF[form], formsSeen.size)),
      ];
      formsOfFamily.add(form);
      formsSeen.add(form);
      const fitting = familyCase.tokens === undefined ? deviations : deviations.filter((factors) => !movesTokens(factors));
      return fitting.map((factors) => attentionCase(definition, familyCase, factors));
    });
  });
  // Deviations that become equal because of the head counts of a family are one case.
  return [
    ...claimCases,
    ...contractCases,
    ...memoryCases,
    ...families.flatMap(adjointCases),
    ...new Map(attention.map((one) => [one.name, one])).values(),
  ];
}

/** One in this many of the sizes on both sides of blocks: loops and remainders are the same for every form. */
const SIDES_OF = { none: 1, 'per-distance': 10, 'row-scaled': 10 } as const satisfies Record<BiasForm, number>;

/** One in this many combinations of factors; the first family case with a table gets all of them. */
const COMBINATIONS_OF = { none: 12, 'per-distance': 1, 'row-scaled': 6 } as const satisfies Record<BiasForm, number>;

/** Further family cases of a form get one in this many combinations, each case different ones. */
const SHARES = 100;

function everyNth<T>(list: readonly T[], n: number, turn: number): T[] {
  return list.filter((_, index) => index % n === turn % n);
}

/** Whether factors set something that a family case with its own positions and token count sets already. */
function movesTokens(factors: Factors): boolean {
  const { queries, keys, queryStart, positions, keyLengths } = factors;
  return [queries, keys, queryStart, positions, keyLengths].some((one) => one !== undefined);
}

/**
 * The case of that name. Attention cases need not be among `allCases`: any factors of the grammar (grammar.ts) make one.
 *
 * @throws ParameterError for a name that no case can have.
 * @example
 * findCase('attention/alibi:heads=12;queries=7;keys=1025;causal').family; // 'alibi'
 */
export function findCase(name: string, families: readonly FamilyDefinition[] = builtinFamilies): Case {
  requireFamilies(families);
  if (typeof name !== 'string') throw new ParameterError({ what: 'case name', got: show(name), wanted: 'a text' });
  if (name.startsWith('bits/')) return findBitsCase(name, families);
  const parts = splitName(name);
  if (parts === null) return fixedCase(name, families);
  const definition = families.find((one) => one.name === parts.family);
  if (definition === undefined) return refuse(name, families.map(named('attention/')));
  const { familyCase: wanted } = parts;
  const familyCase = wanted === null ? definition.cases[0] : definition.cases.find((one) => one.name === wanted);
  if (familyCase === undefined) return refuse(name, definition.cases.map(named(`attention/${definition.name}.`)));
  const factors = parseFactors(parts.factors);
  if (factors.positions === 'boundary' && familyCase.distances === undefined) {
    throw new ParameterError({
      what: 'case name',
      got: show(name),
      wanted: `positions other than boundary: ${definition.name}.${familyCase.name} names no distances`,
    });
  }
  return attentionCase(definition, familyCase, factors);
}

const KINDS = ['claims/...', 'contract/...', 'memory/...', 'adjoint/<family>', 'attention/<family>...', 'bits/<family>...'];

/** A case without factors: the group before the slash says which there are. */
function fixedCase(name: string, families: readonly FamilyDefinition[]): Case {
  const fixed = [...claimCases, ...contractCases, ...memoryCases, ...families.flatMap(adjointCases)];
  const found = fixed.find((one) => one.name === name);
  if (found !== undefined) return found;
  const group = fixed.filter((one) => one.name.startsWith(name.replace(/\/.*$/s, '/')));
  return refuse(name, group.length > 0 ? group : KINDS.map(named('')));
}

const named =
  (prefix: string) =>
  (one: { readonly name: string } | string): { readonly name: string } => ({
    name: prefix + (typeof one === 'string' ? one : one.name),
  });

function refuse(name: string, accepted: readonly { readonly name: string }[]): never {
  const [bare] = name.split(':');
  throw new ParameterError({
    what: 'case name',
    got: show(name),
    wanted: accepted.map((one) => one.name).join(', '),
    ...meant(bare, accepted),
  });
}
