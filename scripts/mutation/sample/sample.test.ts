// Tests that leave some mutants of sample.ts alive on purpose.
import { expect, test } from 'vitest';
import { firstStep, isSmall, settle, sumBelow } from './sample.ts';

// Asked twice, so that the second time everything is remembered.
test.each([1, 2])('the first step, time %i', () => {
  expect(firstStep()).toBe(11);
});

test('sums', () => {
  expect(sumBelow(4)).toBe(6);
});

test('is small', () => {
  expect(isSmall(1)).toBe(true);
});

test('settles', async () => {
  await settle(true);
  await expect(settle(false)).rejects.toThrow('never');
});
