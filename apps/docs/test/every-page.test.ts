// Every page of the site on a phone, light and dark: axe finds nothing serious, the console shows no error, nothing is wider than the screen.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Site } from './site.ts';
import { dist, openSite } from './site.ts';

const addresses = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll(path.sep, '/'))
  // Of the reference, the index and one page: the others are generated in the same way, and axe takes a minute for the longest.
  .filter((name) => name.endsWith('.html') && name !== '404.html' && !/^api\/(@relbias|relbias)\//.test(name))
  .map((name) => name.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, ''));

let site: Site;
/** One phone visits all pages, so shared files are fetched once. */
let phone: BrowserContext;
beforeAll(async () => {
  site = await openSite();
  phone = await site.browser.newContext({
    reducedMotion: 'reduce',
    colorScheme: 'light',
    viewport: { width: 390, height: 844 },
  });
});
afterAll(() => site?.close());

test('there are pages', () => {
  expect(addresses.length).toBeGreaterThan(10);
});

test.each([768, 1024, 1280])('the bar at the top fits a screen of %i pixels', async (width) => {
  const { page, close } = await site.visit('', { viewport: { width, height: 700 } });
  const last = page.locator('.VPNavBarMenuGroup').last();
  const box = await last.boundingBox();
  const wide = await page.locator('.VPNavBar').evaluate((bar) => Math.max(bar.scrollWidth, document.documentElement.scrollWidth));
  expect([wide, (box?.x ?? width) + (box?.width ?? 0) <= width]).toEqual([width, true]);
  await close();
});

describe('on a phone, light and dark', { concurrent: true }, () => {
  test.each(addresses)('/%s', async (address) => {
    const { page, errors, close } = await site.visit(address, undefined, phone);
    const light = await seriousViolations(page);
    // The same page in the other colours: only the contrast can differ.
    await page.evaluate(() => document.documentElement.classList.add('dark'));
    const dark = await seriousViolations(page, ['color-contrast']);
    expect([...light, ...dark]).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(errors).toEqual([]);
    await close();
  });
});

/** What axe finds by all its rules, or by some. */
async function seriousViolations(page: Page, rules?: string[]): Promise<string[]> {
  // Listing passes would take axe longer than finding violations.
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'], ...(rules && { runOnly: rules }) })
    // Our pages have no frames. For frames of other origins axe would pass its findings through a second page, which takes three times as
    // long.
    .setLegacyMode()
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
