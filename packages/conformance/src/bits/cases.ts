// The cases that compare bits, and finding one by its name.
import type { FamilyCase, FamilyDefinition } from '@relbias/bias-spec';
import { ParameterError, builtinFamilies, planAttention } from '@relbias/bias-spec';
import { readBias, show } from '@relbias/bias-spec/backend';
import { PROOFS, hexWord } from '@relbias/bias-spec/reproducible';
import { fitted, makeScenario } from '../attention-case.ts';
import type { Case } from '../case.ts';
import { requireFamilies, unlessFault } from '../families.ts';
import { parseFactors } from '../grammar.ts';
import { meant } from '../names.ts';
import type { BiasForm } from '../lowered-value.ts';
import { fail } from '../result.ts';
import { hashOf } from './compare.ts';
import { DECODE, EVERY_FAMILY, EVERY_FORM, EVERY_ROW_SCALED, SHORTER, SPLITS } from './deviations.ts';
import { decodeBits, familyBits } from './family-case.ts';
import { fuzzCase } from './fuzz.ts';
import { judgeBits, wantedBits } from './judge.ts';
import { rangeCases } from './range.ts';
import { rowsCases } from './rows.ts';
import { CUTS, splitBits } from './split.ts';

/** Seeds of random problems: the first sixty, and one with a bias that is too small to count (rule 3). More: scripts/fuzz-bits.mjs. */
const SEEDS: readonly number[] = [...Array.from({ length: 60 }, (_, seed) => seed), 700];

/** Patterns of the other names. */
const OTHER_NAMES = ['bits/proof/<name>', 'bits/range/<name>', 'bits/rows/<name>', 'bits/fuzz/<seed>', 'bits/decode/<family>'];

/**
 * The cases with which a backend checks its device: `bits/proof/jump-ladder`. Their bits are on record, so they also check the reference, which
 * all the other cases are compared with.
 */
const proofCases: readonly Case[] = PROOFS.map(({ name, make, hash }) => ({
  name: `bits/proof/${name}`,
  family: 'bits',
  judge: async (backend, context) => {
    const scenario = make();
    const wanted = wantedBits(planAttention(scenario.problem), scenario);
    const got = hashOf(wanted);
    if (got !== hexWord(hash)) return fail(`The reference gives other bits than on record: hash ${got}, want ${hexWord(hash)}.`);
    return judgeBits(backend, scenario, context, wanted);
  },
}));

/**
 * All cases of the reproducible profile: families by dtype, mask and shape, prefill against decode, whole problems against parts, random
 * problems. On a backend without the profile they do not run, and the report says so.
 *
 * @example
 * const report = await runConformance(bitsBackend(), { cases: bitsCases() });
 * report.bits?.hash; // one hash for all bits
 */
export function bitsCases(families: readonly FamilyDefinition[] = builtinFamilies): Case[] {
  requireFamilies(families);
  const formsSeen = new Set<string>();
  const ofFamilies = families.flatMap((definition) =>
    definition.cases.flatMap((familyCase, index) => {
      const form = unlessFault(() => readForm(definition, familyCase));
      if (form === null) return familyBits(definition, familyCase, {});
      if (index > 0 && form !== 'row-scaled') return [];
      const first = !formsSeen.has(form);
      formsSeen.add(form);
      return casesOf(definition, familyCase, form, first);
    }),
  );
  const drawn = SEEDS.map(fuzzCase);
  return [
    ...new Map([...proofCases, ...rangeCases, ...rowsCases, ...ofFamilies, ...drawn].map((one) => [one.name, one])).values(),
  ];
}

/** One case of a family; `first`: the first of its form. */
function casesOf(definition: FamilyDefinition, familyCase: FamilyCase, form: BiasForm, first: boolean): Case[] {
  const factors = [...EVERY_FAMILY, ...(first ? EVERY_FORM : []), ...(form === 'row-scaled' ? EVERY_ROW_SCALED : [])];
  // A family case with its own token count takes the factors that do not change it.
  if (familyCase.tokens !== undefined) {
    const fitting = factors.filter(({ queries, keys }) => (queries ?? keys) === undefined);
    return fitting.map((one) => familyBits(definition, familyCase, one));
  }
  const splits = first || form === 'row-scaled' ? SPLITS : [];
  return [
    ...factors.map((one) => familyBits(definition, familyCase, one)),
    ...(first ? DECODE : []).map((one) => decodeBits(definition, familyCase, one)),
    splitBits(definition, familyCase, 'shorter', SHORTER),
    ...splits.map(([cut, one]) => splitBits(definition, familyCase, cut, one)),
  ];
}

/** The form in which kernels read a family case past any threshold: they read a row-scaled term as a table if its rows share a scale. */
function readForm(definition: FamilyDefinition, familyCase: FamilyCase): BiasForm {
  const factors = fitted(familyCase, parseFactors('queries=3;keys=65'));
  return readBias<BiasForm>(makeScenario(definition, familyCase, factors, '').plan, {
    none: () => 'none',
    'per-distance': () => 'per-distance',
    'row-scaled': () => 'row-scaled',
  });
}

/**
 * The case of that name, which need not be in the list.
 *
 * @throws ParameterError for a name that no case can have.
 */
export function findBitsCase(name: string, families: readonly FamilyDefinition[] = builtinFamilies): Case {
  requireFamilies(families);
  const fixed = [...proofCases, ...rangeCases, ...rowsCases].find((one) => one.name === name);
  if (fixed !== undefined) return fixed;
  const drawn = /^bits\/fuzz\/(\d+)$/.exec(name);
  if (drawn !== null) return fuzzCase(Number(drawn[1]));
  const match = /^bits\/(?:(decode)\/|split\/([^/]+)\/)?([^.:/]+)(?:\.([^:]+))?(?::(.*))?$/.exec(name);
  const [, decode, split, family, ofFamily, factors] = match ?? [];
  const cut = CUTS.find((one) => one === split);
  const definition = families.find((one) => one.name === family);
  const familyCase = ofFamily === undefined ? definition?.cases[0] : definition?.cases.find((one) => one.name === ofFamily);
  if (cut !== split || definition === undefined || familyCase === undefined) {
    const ofFamilies = families.map((one) => ({ name: `bits/${one.name}` }));
    throw new ParameterError({
      what: 'case name',
      got: show(name),
      wanted: [...OTHER_NAMES, ...CUTS.map((one) => `bits/split/${one}/<family>`), ...ofFamilies.map((one) => one.name)].join(
        ', ',
      ),
      ...meant(name.replace(/[.:].*$/s, ''), [...proofCases, ...rangeCases, ...rowsCases, ...ofFamilies]),
    });
  }
  const given = parseFactors(factors ?? '');
  if (cut !== undefined) return splitBits(definition, familyCase, cut, given);
  return (decode === undefined ? familyBits : decodeBits)(definition, familyCase, given);
}
