// Tests that deliberately miss some mutants of sample.ts.
import { expect, test } from 'vitest';
import { firstStep, isSmall, requireAllowed, sumBelow } from './sample.ts';

// Called twice: the second time, everything is remembered.
test.each([1, 2])('the first step, time %i', () => {
  expect(firstStep()).toBe(11);
});

test('sums', () => {
  expect(sumBelow(4)).toBe(6);
});

test('is small', () => {
  expect(isSmall(1)).toBe(true);
});

test('rejects unless allowed', async () => {
  await requireAllowed(true);
  await expect(requireAllowed(false)).rejects.toThrow('never');
});
