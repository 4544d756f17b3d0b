// What the site consists of: the Markdown of docs/, and the pages made from code and reports.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies } from '@relbias/bias-spec';
import { conformancePage } from './conformance-page.ts';
import { familyPage } from './family-page.ts';

/** `address` is relative to the site's base and has no extension. */
export interface Page {
  readonly address: string;
  readonly title: string;
}

/** A page that no file holds. */
export interface GeneratedPage extends Page {
  readonly content: string;
}

// npm and VitePress both run in this package's folder, and VitePress bundles this file into others, away from where it stands.
export const root: string = path.resolve('../..');
const docs = path.join(root, 'docs');

/** Every Markdown file of docs/, by name; its title is its first heading. */
export const writtenPages: readonly Page[] = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .toSorted()
  .map((name) => {
    const title = /^# (.+)$/m.exec(readFileSync(path.join(docs, name), 'utf8'))?.[1];
    if (title === undefined) throw new Error(`docs/${name}: no heading "# ..." to call the page by`);
    return { address: path.basename(name, '.md'), title };
  });

export const familyPages: readonly GeneratedPage[] = builtinFamilies.map((family) => ({
  address: `families/${family.name}`,
  title: family.title,
  content: familyPage(family),
}));

export const reportPages: readonly GeneratedPage[] = [
  { address: 'conformance', title: 'Conformance', content: conformancePage(docs) },
];
