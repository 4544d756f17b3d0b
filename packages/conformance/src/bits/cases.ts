// The list of the cases that compare bits, apart from the suite that compares errors with budgets; and finding one by its name.
import type { FamilyDefinition } from '@relbias/bias-spec';
import { ParameterError, builtinFamilies, show } from '@relbias/bias-spec';
import { formOf } from '../attention-case.ts';
import { PROOFS } from '@relbias/bias-spec/reproducible';
import type { Case } from '../case.ts';
import { parseFactors } from '../grammar.ts';
import { DECODE, EVERY_FAMILY, EVERY_FORM } from './deviations.ts';
import { decodeBits, familyBits } from './family-case.ts';
import { fuzzCase } from './fuzz.ts';
import { judgeBits } from './judge.ts';
import { rangeCases } from './range.ts';

/** Drawn problems among the cases: the first sixty, and one where a bias too small to count would show (rule 3). More: scripts/fuzz-bits.mjs. */
const SEEDS: readonly number[] = [...Array.from({ length: 60 }, (_, seed) => seed), 602];

/** The cases by which a backend proves its device: `bits/proof/jump-ladder`. */
const proofCases: readonly Case[] = PROOFS.map((proof) => ({
  name: `bits/proof/${proof.name}`,
  family: 'bits',
  judge: async (backend, context) => judgeBits(backend, proof.make(), context),
}));

/**
 * All cases of the reproducible profile: families by dtype, mask and shape, prefill against decode, drawn problems. A backend that does not
 * offer the profile runs none of them, and the report says so.
 *
 * @example
 * const report = await runConformance(bitsBackend(), { cases: bitsCases() });
 * report.bits?.hash; // one word for all bits
 */
export function bitsCases(families: readonly FamilyDefinition[] = builtinFamilies): Case[] {
  const formsSeen = new Set<string>();
  const ofFamilies = families.flatMap((definition) => {
    const [familyCase] = definition.cases;
    const form = formOf(definition, familyCase);
    const first = !formsSeen.has(form);
    formsSeen.add(form);
    const factors = [...EVERY_FAMILY, ...(first ? EVERY_FORM : [])];
    // A family that brings its own tokens takes what does not change their number.
    const fitting =
      familyCase.tokens === undefined ? factors : factors.filter(({ queries, keys }) => (queries ?? keys) === undefined);
    const decoded = first && familyCase.tokens === undefined ? DECODE : [];
    return [
      ...fitting.map((one) => familyBits(definition, familyCase, one)),
      ...decoded.map((one) => decodeBits(definition, familyCase, one)),
    ];
  });
  const drawn = SEEDS.map(fuzzCase);
  return [...new Map([...proofCases, ...rangeCases, ...ofFamilies, ...drawn].map((one) => [one.name, one])).values()];
}

/**
 * The case of that name, which need not be in the list.
 *
 * @throws ParameterError for a name that no case can have.
 */
export function findBitsCase(name: string, families: readonly FamilyDefinition[] = builtinFamilies): Case {
  const fixed = [...proofCases, ...rangeCases].find((one) => one.name === name);
  if (fixed !== undefined) return fixed;
  const drawn = /^bits\/fuzz\/(\d+)$/.exec(name);
  if (drawn !== null) return fuzzCase(Number(drawn[1]));
  const match = /^bits\/(decode\/)?([^.:/]+)(?:\.([^:]+))?(?::(.*))?$/.exec(name);
  const definition = families.find((one) => one.name === match?.[2]);
  const familyCase = match?.[3] === undefined ? definition?.cases[0] : definition?.cases.find((one) => one.name === match[3]);
  if (match === null || definition === undefined || familyCase === undefined) {
    const accepted = families.map((one) => `bits/${one.name}`);
    throw new ParameterError({
      what: 'case name',
      got: show(name),
      wanted: ['bits/proof/<name>', 'bits/range/<name>', 'bits/fuzz/<seed>', 'bits/decode/<family>', ...accepted].join(', '),
    });
  }
  return (match[1] === undefined ? familyBits : decodeBits)(definition, familyCase, parseFactors(match[4] ?? ''));
}
