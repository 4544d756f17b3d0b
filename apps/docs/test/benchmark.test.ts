// The small benchmark in Chromium: a time and an error for every contender at every size, the name of the machine, and stopping.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

test.each([
  ['tokens=256&contenders=plain,wasm', 4],
  // One size: software GPUs take their time.
  ['tokens=128&contenders=webgl2,webgpu', 2],
])('%s: times and errors, with the name of the browser', async (query, figures) => {
  const { page, errors, close } = await site.visit(`prove/benchmark.html?${query}`);
  await page.getByRole('button', { name: 'Run' }).click();
  await page.waitForSelector('.benchmark[data-state="done"]');
  const cells = await page.locator('.benchmark tbody').last().locator('td').allTextContents();
  expect(cells.length).toBe(figures);
  for (const cell of cells) expect(cell).toMatch(/^\s*[\d.e+]+ ms error [1-9]\.\de-[678]\s*$/);
  expect(await page.textContent('.benchmark')).toContain(await page.evaluate(() => navigator.userAgent));
  expect(errors).toEqual([]);
  await close();
});

test('it can be stopped', async () => {
  const { page, close } = await site.visit('prove/benchmark.html?contenders=plain');
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  expect(await page.locator('.benchmark').getAttribute('data-state')).toBe('waiting');
  await close();
});
