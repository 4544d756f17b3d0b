// Renders public/card.png, the card of link previews, in Chromium: `node test/write-card.ts`, when src/card.ts has changed.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';
import { launchOptions } from '../../../scripts/chromium.mjs';
import { cardSvg, stamped } from '../src/card.ts';

const folder = path.resolve(import.meta.dirname, '..');
const fonts = [
  ['IBM Plex Sans', 400, 'sans'],
  ['IBM Plex Serif', 600, 'serif'],
].map(([family, weight, kind]) => {
  const file = `node_modules/@fontsource/ibm-plex-${kind}/files/ibm-plex-${kind}-latin-${weight}-normal.woff2`;
  const data = readFileSync(path.join(folder, file)).toString('base64');
  return `@font-face { font-family: '${family}'; font-weight: ${weight}; src: url(data:font/woff2;base64,${data}) }`;
});
const svg = cardSvg();
const browser = await chromium.launch(launchOptions('swiftshader'));
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 630 } });
  await page.setContent(`<style>${fonts.join('\n')} body { margin: 0 }</style>${svg}`);
  await page.evaluate(() => document.fonts.ready);
  writeFileSync(path.join(folder, 'public/card.png'), stamped(await page.screenshot(), svg));
} finally {
  await browser.close();
}
