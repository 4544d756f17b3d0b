// Every page of the site, light and dark: nothing serious for axe to find, no console error, nothing wider than the screen.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Site } from './site.ts';
import { dist, openSite } from './site.ts';

const addresses = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll(path.sep, '/'))
  // The reference is many pages of one making.
  .filter((name) => name.endsWith('.html') && name !== '404.html' && (!name.startsWith('api/') || name === 'api/index.html'))
  .map((name) => name.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, ''));

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

test('there are pages', () => {
  expect(addresses.length).toBeGreaterThan(10);
});

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each(addresses)('/%s', async (address) => {
    const visit = await site.visit(address, { colorScheme, viewport: { width: 390, height: 844 } });
    const { violations } = await new AxeBuilder({ page: visit.page }).analyze();
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    expect(serious).toEqual([]);
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(visit.errors).toEqual([]);
    await visit.close();
  });
});
