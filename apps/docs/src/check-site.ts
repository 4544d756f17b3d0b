// Looks at the built site as a visitor's browser would: is every page there, and does every link lead somewhere? (VitePress checks links
// between Markdown files, not their anchors and not what components link to.)
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies } from '@relbias/bias-spec';
import type { Page } from './site.ts';

/** Any origin will do: it tells our own addresses from those elsewhere. */
const ORIGIN = 'https://site.invalid';

/**
 * @param pages - what must be there beside a page for every family.
 * @throws Error that lists every missing page and every link to nothing.
 */
export function checkSite({ outDir, base, pages }: { outDir: string; base: string; pages: readonly Page[] }): void {
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => name.replaceAll(path.sep, '/'));
  const html = new Map(files.map((name) => [name, readFileSync(path.join(outDir, name), 'utf8')]));
  // From the list itself: a page that the site forgets to make would be missing from its own list of pages too.
  const families = builtinFamilies.map(({ name, title }) => ({ address: `families/${name}`, title }));
  const missing = [...families, ...pages]
    .filter(({ address }) => !html.has(`${address}.html`))
    .map(({ address, title }) => `no page ${address}.html (${title})`);
  const dead = [...html].flatMap(([name, source]) =>
    attributes(source, 'href|src')
      .filter((link) => !resolves(new URL(link, `${ORIGIN}${base}${name}`)))
      .map((link) => `${name} links to ${link}, which is nothing`),
  );

  /** Whether a visitor who follows this link finds something; links to other sites are not followed. */
  function resolves({ origin, pathname, hash }: URL): boolean {
    if (origin !== ORIGIN) return true;
    if (!pathname.startsWith(base)) return false;
    const name = decodeURI(pathname.slice(base.length)).replace(/(^|\/)$/, '$1index.html');
    if (!existsSync(path.join(outDir, name))) return false;
    return hash === '' || attributes(html.get(name) ?? '', 'id').includes(decodeURIComponent(hash.slice(1)));
  }

  const complaints = [...missing, ...dead];
  if (complaints.length > 0) throw new Error(`The site is not whole:\n  ${complaints.join('\n  ')}`);
  console.log(`${files.length} pages, all links lead somewhere`);
}

/** The values of the attributes of that name. */
function attributes(source: string, name: string): string[] {
  return [...source.matchAll(new RegExp(`\\s(?:${name})="([^"]*)"`, 'g'))].map(([, value]) => value.replaceAll('&amp;', '&'));
}
