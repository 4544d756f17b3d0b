// Case names: unique, sufficient to rebuild the case, and refused with a hint if they do not match the grammar.
import { ParameterError, builtinFamilies } from '@relbias/bias-spec';
import { allCases, findCase, formatFactors, parseFactors } from '@relbias/conformance';
import { expect, test } from 'vitest';

const names = allCases().map(({ name }) => name);

test('names are unique', () => {
  expect(new Set(names).size).toBe(names.length);
});

test('a case can be rebuilt from its name', () => {
  for (const name of names) expect(findCase(name).name).toBe(name);
});

test('factors are read in any order and printed in a fixed one', () => {
  const factors = parseFactors('causal;keys=1025;queryStart=3,-2;heads=12;convention=unscaled');
  expect(factors).toEqual({ heads: 12, keys: 1025, queryStart: [3, -2], causal: true, convention: 'unscaled' });
  expect(formatFactors(factors)).toBe('heads=12;keys=1025;queryStart=3,-2;causal;convention=unscaled');
});

test('every family runs its first case at the control shape, full and causal', () => {
  for (const { name } of builtinFamilies) expect(names).toContain(findCase(`attention/${name}`).name);
  for (const { name } of builtinFamilies) expect(names).toContain(findCase(`attention/${name}:causal`).name);
});

test('head counts and token counts that a family case needs are part of the name', () => {
  expect(findCase('attention/alibi.asymmetric').name).toBe('attention/alibi.asymmetric:heads=8');
  expect(findCase('attention/swin').name).toBe('attention/swin:queries=49;keys=49');
});

test.each([
  ['attention', 'attention/<family>'],
  ['attention/', 'attention/<family>'],
  ['attention/alibbi', 'attention/alibi'],
  ['attention/alibi.nope', 'attention/alibi.beta'],
  ['attention/alibi:haeds=3', 'heads'],
  ['attention/alibi:heads', 'a number'],
  ['attention/alibi:heads=', 'a number'],
  ['attention/alibi:heads=two', 'a number'],
  ['attention/alibi:heads=1,2', 'a number'],
  ['attention/alibi:causal=1', 'the flag alone'],
  ['attention/alibi:queryStart=3,x', 'integers'],
  ['attention/alibi:queryStart=0.5', 'integers'],
  ['attention/alibi:heads=3;causal;heads=4', 'heads only once'],
  ['attention/alibi:convention=after', 'after-scaling'],
  ['attention/alibi:positions=boundary', 'names no distances'],
  ['contract/nope', 'contract/abort-during-a-run'],
])('%s is refused', (name, way) => {
  expect(() => findCase(name)).toThrow(ParameterError);
  expect(() => findCase(name)).toThrow(way);
});
