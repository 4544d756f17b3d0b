// Search without a server: what people look for leads to the page that answers it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Site, Visit } from './site.ts';
import { base, openSite } from './site.ts';

let site: Site;
let visit: Visit;
beforeAll(async () => {
  site = await openSite();
  visit = await site.visit('');
  await visit.page.keyboard.press('Control+k');
});
afterAll(() => site?.close());

test('guides come before the reference', async () => {
  const { page } = visit;
  await page.locator('.VPLocalSearchBox input').fill('before scaling');
  const found = page.locator('.VPLocalSearchBox .result');
  await found.first().waitFor({ timeout: 10_000 });
  await expect.poll(() => found.first().getAttribute('href')).not.toContain('/api/');
});

test.each([
  ['FIRE', 'families/fire'],
  ['slopes of 12 heads', 'families/alibi'],
  ['MPT', 'porting'],
  ['alibiSlopes', 'api/@relbias/bias-spec'],
  ['n_b', 'glossary'],
])('%s is found', async (words, address) => {
  const { page, errors } = visit;
  await page.locator('.VPLocalSearchBox input').fill(words);
  const found = page.locator(`.VPLocalSearchBox .result[href^="${base}${address}"]`);
  await found.first().waitFor({ timeout: 10_000 });
  expect(await found.count()).toBeGreaterThan(0);
  expect(errors).toEqual([]);
});
