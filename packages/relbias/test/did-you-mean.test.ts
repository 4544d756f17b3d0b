// The nearest name in an error text, where the names come from a file.
import { expect, test } from 'vitest';
import { didYouMean } from '../src/did-you-mean.ts';

test('a name from a file cannot write control codes to the terminal', () => {
  const hint = didYouMean('[2J', ['query', '\u001b[2J']);
  expect(hint).toMatch(/^Did you mean "[\u0020-\u007e]*\[2J"\?$/);
});

test('a long name is cut', () => {
  expect(didYouMean('weights', [`weights${'x'.repeat(1000)}`])?.length).toBeLessThan(200);
});
