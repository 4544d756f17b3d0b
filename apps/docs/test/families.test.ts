// The pages of families: the numbers on the screen are the spec's, the examples run, random numbers say so, and a first visit stays small.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { alibi, alibiSlopes, builtinFamilies, swin } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf } from '../components/family/attention-rows.ts';
import { SEEDS, initialBias } from '../components/family/family-bias.ts';
import { show, showSpread } from '../components/plot/format.ts';
import { formulaLines } from '../src/family-page.ts';
import { goldenPresets } from '../src/presets.ts';
import { example } from '../examples/any-family.ts';
import type { Site } from './site.ts';
import { compressedSize, openSite } from './site.ts';

/** The maximum size of a first visit, in compressed bytes. */
const BUDGET = 300_000;

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

type Shown = Readonly<Record<string, string | number | Float32Array>>;

/** What the example of a family's page shows in Node. */
async function shownHere(name: string): Promise<Shown> {
  const own = path.join(import.meta.dirname, '..', 'examples', 'families', `${name}.ts`);
  if (!existsSync(own)) return example(name);
  return ((await import(own)) as { shown: Shown }).shown;
}

/** The output that an example shows, as the page writes it. */
function outputOf(shown: Shown): string {
  const [output] = Object.values(shown).filter((value) => value instanceof Float32Array);
  return `${Array.from(output ?? [], show).join(', ')} …`;
}

describe('every family', () => {
  test.each(builtinFamilies.map(({ name }) => name))('%s shows its curve and runs its example as Node does', async (name) => {
    const { page, errors, close } = await site.visit(`families/${name}`);
    await expect.poll(() => page.locator('figure.chart svg path, [data-window] canvas').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Run it in this browser' }).click();
    await page.locator('.run dl').waitFor();
    const shown = await page.locator('.run dd').allTextContents();
    const here = await shownHere(name);
    expect(shown).toContain(here['convention']);
    expect(shown).toContain(outputOf(here));
    expect(errors).toEqual([]);
    await close();
  });
});

test('no two families show the same output', async () => {
  const outputs = await Promise.all(builtinFamilies.map(async ({ name }) => outputOf(await shownHere(name))));
  expect(new Set(outputs).size).toBe(builtinFamilies.length);
});

test('T5: the random initialisation is labelled and shows its spread; the golden case is named, with its numbers', async () => {
  const { page, close } = await site.visit('families/t5');
  expect(await page.locator('[data-origin]').textContent()).toContain('Random initialisation');
  const slider = page.getByRole('slider', { name: 'distance to read out' });
  const caption = page.locator('figure.chart figcaption');
  await slider.focus();
  await slider.press('Home');
  const drawn = Array.from({ length: SEEDS }, (_, more) => initialBias('t5', 8, 1 + more).value(0, 0, 0));
  const [median = 0] = drawn;
  const spread = showSpread({ median, low: Math.min(...drawn), high: Math.max(...drawn) });
  await expect.poll(() => caption.textContent()).toContain(`head 0, seed 1 ${spread}`);

  await page.getByLabel('parameters').selectOption('golden');
  const preset = (await goldenPresets()).find(({ family }) => family === 't5');
  const origin = await page.locator('[data-origin]').textContent();
  for (const words of [preset?.id, preset?.repository, 'not come from a trained model']) expect(origin).toContain(words);
  const table = preset?.options['table'] as number[];
  await expect.poll(() => caption.textContent()).toContain(`head 0 ${show(table[0] ?? Number.NaN)}`);
  await close();
});

test('Swin: a window in two dimensions, each offset with the number of its entry', async () => {
  const { page, close } = await site.visit('families/swin?preset=golden&head=1');
  const { options, heads = 0 } = (await goldenPresets()).find(({ family }) => family === 'swin') ?? {};
  const { windowHeight, windowWidth, table } = options as { windowHeight: number; windowWidth: number; table: number[] };
  const bias = swin({ heads, windowHeight, windowWidth, table });
  const [rows, columns] = [2 * windowHeight - 1, 2 * windowWidth - 1];
  const map = page.locator('[data-window] [role="application"]');
  const caption = page.locator('[data-window] figcaption');
  await map.focus();
  for (let row = rows - 1; row >= 0; row--) {
    await map.press('Home');
    for (let column = 0; column < columns; column++) {
      const [dy, dx] = [row - windowHeight + 1, column - windowWidth + 1];
      const value = show(bias.value(1, dy * columns + dx, 0));
      const words = (await caption.textContent())?.replaceAll(/\s+/g, ' ').trim();
      expect(words).toBe(`dy ${show(dy)}, dx ${show(dx)}: ${value}`);
      expect(value).toBe(show(table[(row * columns + column) * heads + 1] ?? Number.NaN));
      await map.press('ArrowRight');
    }
    await map.press('ArrowUp');
  }
  await close();
});

test('formulas break between their parts, and not within an environment', () => {
  expect(formulaLines('a = b')).toBe('a = b');
  const cases = String.raw`b = \begin{cases} n & n < E \quad x \end{cases}`;
  expect(formulaLines(String.raw`a, \qquad ${cases} \quad E = 1`)).toBe(
    String.raw`\begin{aligned} & a, \\[0.4em] & ${cases} \\[0.4em] & E = 1 \end{aligned}`,
  );
});

test('ALiBi: the curve, the matrix and the softmax rows hold the numbers of the spec, moved by keyboard', async () => {
  const { page, close } = await site.visit('families/alibi?heads=12&head=8');
  const slider = page.getByRole('slider', { name: 'distance to read out' });
  await slider.focus();
  await slider.press('Home');
  for (let step = 0; step < 3; step++) await slider.press('ArrowRight');
  const bias = alibi({ heads: 12 });
  await expect.poll(() => page.locator('figure.chart figcaption').textContent()).toContain(`head 8 ${show(bias.value(8, 3, 3))}`);

  const [matrix, weights] = await page.getByRole('application').all();
  const captions = page.locator('figure.map figcaption');
  for (const map of [matrix, weights]) {
    await map?.focus();
    for (let step = 0; step < 2; step++) await map?.press('ArrowRight');
    await map?.press('ArrowUp');
  }
  expect(await captions.nth(0).textContent()).toContain(show(bias.value(8, 28, 30)));
  const zeros = new Float64Array(12 * 32 * 16);
  const row = attentionRow(planOf(bias, 12, 32, true), 0, 8, 30, zeros, zeros).weights;
  expect(await captions.nth(1).textContent()).toContain(show(row[2] ?? Number.NaN));
  await close();
});

test('a view is in the URL', async () => {
  const { page, close } = await site.visit('families/alibi');
  await page.getByLabel('distance axis').selectOption('log');
  await page.getByLabel('heads', { exact: true }).fill('4');
  await expect.poll(() => new URL(page.url()).search).toBe('?axis=log&heads=4');
  await close();
});

test('two clicks from home: T5 attention, the slopes of 12 heads, where MPT adds the bias', async () => {
  const { page, close } = await site.visit('');
  await page.getByRole('link', { name: 'Compute T5 attention' }).click();
  await page.getByText("import { attention, t5, t5Bucket, tensor } from 'relbias'").waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'Which slopes do 12 heads have?' }).click();
  await page.getByRole('cell', { name: String(alibiSlopes(12)[8]), exact: true }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'Before or after the scale for MPT?' }).click();
  await expect.poll(() => page.getByRole('row', { name: /^MPT/ }).textContent()).toContain('after-scaling');
  await close();
});

test('the first load of a family page is small, and holds no code of kernels', async () => {
  const { page, responses, close } = await site.visit('families/fire');
  await page.waitForLoadState('networkidle');
  const bodies = await Promise.all(responses.map((response) => response.body()));
  const total = await compressedSize(responses);
  console.log(`families/fire: ${total} bytes compressed in ${responses.length} files`);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(BUDGET);
  expect(bodies.some((body) => body.includes('WebAssembly.'))).toBe(false);
  await close();
});

test.each(builtinFamilies.map(({ name }) => name))(
  '%s: the formula fits a phone, and its symbols are explained',
  async (name) => {
    const { page, close } = await site.visit(`families/${name}`, { viewport: { width: 390, height: 844 } });
    const formula = page.locator('.katex-block').first();
    expect(await formula.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
    const { symbols = [] } = builtinFamilies.find((one) => one.name === name) ?? {};
    const meanings = await page.locator('.symbols dd').allTextContents();
    expect(meanings.map((one) => one.trim())).toEqual(symbols.map(([, meaning]) => meaning));
    await close();
  },
);
