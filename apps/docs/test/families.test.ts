// The pages of families: what is on the screen is what the spec says, the examples run, and a first visit stays small.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { alibi, alibiSlopes, builtinFamilies } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf } from '../components/family/attention-rows.ts';
import { show } from '../components/plot/format.ts';
import { example } from '../examples/any-family.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

/** What a first visit may cost, in bytes over a connection that compresses. */
const BUDGET = 300_000;

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** What the example of a family's page shows in Node. */
async function shownHere(name: string): Promise<{ output: Float32Array; convention: string }> {
  const own = path.join(import.meta.dirname, '..', 'examples', 'families', `${name}.ts`);
  if (!existsSync(own)) return example(name);
  return ((await import(own)) as { shown: { output: Float32Array; convention: string } }).shown;
}

describe('every family', () => {
  test.each(builtinFamilies.map(({ name }) => name))('%s shows its curve and runs its example as Node does', async (name) => {
    const { page, errors, close } = await site.visit(`families/${name}`);
    await expect.poll(() => page.locator('figure.chart svg path').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Run it in this browser' }).click();
    await page.locator('.run dl').waitFor();
    const shown = await page.locator('.run dd').allTextContents();
    const here = await shownHere(name);
    expect(shown).toContain(here.convention);
    expect(shown).toContain(`${Array.from(here.output, show).join(', ')} …`);
    expect(errors).toEqual([]);
    await close();
  });
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

test('a view is in the address', async () => {
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
  const sizes = bodies.map((body, at) => (responses[at]?.url().endsWith('.woff2') ? body.length : gzipSync(body).length));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`families/fire: ${total} bytes compressed in ${sizes.length} files`);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(BUDGET);
  expect(bodies.some((body) => body.includes('WebAssembly.'))).toBe(false);
  await close();
});
