// Golden presets equal the cases that they name: the bias of each has the numbers that the published code returned.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies, swinPositions } from '@relbias/bias-spec';
import { expect, test } from 'vitest';
import { goldenPresets } from '../src/presets.ts';

const folder = path.join(import.meta.dirname, '../../../packages/conformance/vectors');

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Raw {
  readonly id: string;
  readonly source: { readonly repo: string };
  readonly params: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, Tensor>>;
}

const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => (JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as { cases: Raw[] }).cases);
const presets = await goldenPresets();

test('there are presets', () => {
  expect(presets.length).toBeGreaterThan(5);
});

test.each(presets)('$id', ({ family, id, repository, heads, options }) => {
  const raw = cases.find((one) => one.id === id);
  const definition = builtinFamilies.find(({ name }) => name === family);
  expect([raw?.source.repo, raw?.params['heads']]).toEqual([repository, heads]);
  const bias = definition?.create({ heads, ...options });
  const wanted = raw?.expected['bias'] ?? raw?.expected['unsigned'];
  const [, queries = 0, keys = 0] = wanted?.shape ?? [];
  const { windowHeight = 0, windowWidth = 0 } = options as Record<string, number>;
  const positions = bias?.tokens === undefined ? undefined : swinPositions(windowHeight, windowWidth);
  const start = raw?.params['queryOffset'] ?? 0;
  let compared = 0;
  wanted?.data.forEach((want, at) => {
    const [head, i, j] = [Math.floor(at / (queries * keys)), Math.floor(at / keys) % queries, at % keys];
    const [query, key] = positions === undefined ? [i + start, j] : [positions[i] ?? 0, positions[j] ?? 0];
    // KERPLE's code writes 0 where the causal mask hides the pair.
    const got = bias?.value(head, query - key, query) ?? Number.NaN;
    if (key > query && want === 0) return;
    compared++;
    expect(Math.abs(got - want)).toBeLessThanOrEqual(2e-5 * (1 + Math.abs(want)));
  });
  expect(compared).toBeGreaterThan(20);
});
