// Checks the built site as a visitor's browser would see it: every page exists and has a description, and no link is dead. (VitePress
// checks links between Markdown files, but neither their anchors nor the links of components.)
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies } from '@relbias/bias-spec';
import type { Page } from './site.ts';

/** Any origin will do: it separates our own addresses from others. */
const ORIGIN = 'https://site.invalid';

/**
 * @param pages - the pages that must exist, in addition to one for every family.
 * @throws Error that lists every missing page, every page without a description of its own, and every dead link.
 */
export function checkSite({ outDir, base, pages }: { outDir: string; base: string; pages: readonly Page[] }): void {
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => name.replaceAll(path.sep, '/'));
  const html = new Map(files.map((name) => [name, readFileSync(path.join(outDir, name), 'utf8')]));
  // From the list of families: a page that the site does not generate is missing from its own list of pages too.
  const families = builtinFamilies.map(({ name, title }) => ({ address: `families/${name}`, title }));
  const missing = [...families, ...pages]
    .filter(({ address }) => !html.has(`${address}.html`))
    .map(({ address, title }) => `no page ${address}.html (${title})`);
  const dead = [...html].flatMap(([name, source]) =>
    attributes(source, 'href|src')
      .filter((link) => !resolves(new URL(link, `${ORIGIN}${base}${name}`)))
      .map((link) => `${name} links to ${link}, which does not exist`),
  );
  const descriptions = [...html]
    .filter(([name]) => name !== '404.html')
    .map(([name, source]) => ({ name, said: /<meta name="description" content="([^"]*)"/.exec(source)?.[1] ?? '' }));
  const undescribed = descriptions
    .filter(({ said }, at) => said === '' || descriptions.findIndex((one) => one.said === said) !== at)
    .map(({ name, said }) => `${name} has no description of its own: "${said}"`);

  /** Whether the link leads to a page or file of the site; links to other sites are not followed. */
  function resolves({ origin, pathname, hash }: URL): boolean {
    if (origin !== ORIGIN) return true;
    if (!pathname.startsWith(base)) return false;
    const name = decodeURI(pathname.slice(base.length)).replace(/(^|\/)$/, '$1index.html');
    if (!existsSync(path.join(outDir, name))) return false;
    return hash === '' || attributes(html.get(name) ?? '', 'id').includes(decodeURIComponent(hash.slice(1)));
  }

  const complaints = [...missing, ...undescribed, ...dead];
  if (complaints.length > 0) throw new Error(`The site has faults:\n  ${complaints.join('\n  ')}`);
  console.log(`${files.length} pages, all links lead somewhere`);
}

/** The values of the attributes of that name. */
function attributes(source: string, name: string): string[] {
  return [...source.matchAll(new RegExp(`\\s(?:${name})="([^"]*)"`, 'g'))].map(([, value]) => value.replaceAll('&amp;', '&'));
}
