// The demonstration of bits reports what the backend computed.
import { bitsBackend, demonstrateBits, fastDifference, naiveBackend } from '@relbias/conformance';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('each profile that a backend refuses is reported as null', async () => {
  const bits = await demonstrateBits(bitsBackend());
  expect(bits).toMatchObject({ fast: null, reproducible: expect.stringMatching(/^[0-9a-f]{8}$/) as string });
  const naive = await demonstrateBits(naiveBackend());
  expect(naive).toMatchObject({ ranOn: naiveBackend().ranOn, reproducible: null });
  expect(naive.fast).toHaveLength(4 * 40 * 32);
});

test('the hash is that of the bits, and equals the published one', async () => {
  const { reproducible } = await demonstrateBits(bitsBackend());
  // The rows of the table were written by backends in browsers and on graphics drivers, see `npm run matrix`.
  const docs = readFileSync(new URL('../../../docs/numerics.md', import.meta.url), 'utf8');
  const published = [...docs.matchAll(/^\| (?:cpu|gpu)\b.* \| ([0-9a-f]{8}) \| \d+ of \d+/gm)].map(([, hash]) => hash);
  expect(published.length).toBeGreaterThan(5);
  expect(new Set(published)).toEqual(new Set([reproducible]));
  expect((await demonstrateBits(bitsBackend({ reciprocal: (sum) => 1 / sum + 2 ** -30 }))).reproducible).not.toBe(reproducible);
});

test('an error other than a refusal is passed on', async () => {
  const broken = { ...naiveBackend(), prepare: () => Promise.reject(new TypeError('broken')) };
  await expect(demonstrateBits(broken)).rejects.toThrow('broken');
});

test('differences are counted, and measured in ulp', () => {
  expect(fastDifference([1, -0, 2 ** -149], [1, 0, -(2 ** -149)])).toEqual({ differing: 1, of: 3, mostUlp: 2, most: 2 ** -148 });
});
