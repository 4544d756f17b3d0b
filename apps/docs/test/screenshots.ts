// Takes pictures of pages for a person to look at: `node test/screenshots.ts FOLDER ADDRESS...`, at two widths, light and dark.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { openSite } from './site.ts';

const [folder, ...addresses] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node test/screenshots.ts FOLDER ADDRESS...');
mkdirSync(folder, { recursive: true });
const site = await openSite();
try {
  for (const address of addresses) {
    for (const width of [390, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, errors, close } = await site.visit(address, { colorScheme, viewport: { width, height: 900 } });
        const name = `${address.replaceAll('/', '-') || 'home'}-${width}-${colorScheme}.png`;
        await page.screenshot({ path: path.join(folder, name), fullPage: true });
        console.log(name, errors.join('; '));
        await close();
      }
    }
  }
} finally {
  await site.close();
}
