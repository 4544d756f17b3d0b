// What the site consists of: the Markdown of docs/, the site's own pages, and the pages made from code and reports.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies } from '@relbias/bias-spec';
import { bookPage } from './book-page.ts';
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

/** Every Markdown file under a folder; its title is its first heading. */
function pagesUnder(folder: string): Page[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => name.endsWith('.md') && !name.includes('['))
    .toSorted()
    .map((name) => {
      const title = /^# (.+)$/m.exec(readFileSync(path.join(folder, name), 'utf8'))?.[1];
      if (title === undefined) throw new Error(`${path.join(folder, name)}: no heading "# ..." to call the page by`);
      return { address: name.replace(/\.md$/, ''), title };
    });
}

/** docs/ */
export const writtenPages: readonly Page[] = pagesUnder(docs);

/** This package's own pages, without those that a route makes several of. */
export const sitePages: readonly Page[] = pagesUnder(path.resolve('pages'));

export const familyPages: readonly GeneratedPage[] = builtinFamilies.map((family) => ({
  address: `families/${family.name}`,
  title: family.title,
  content: familyPage(family),
}));

/** The questions of the book; a route of its own, because it is laid out like text. */
export const bookPages: readonly GeneratedPage[] = [
  { address: 'book', title: "The book's questions", content: await bookPage() },
];

export const reportPages: readonly GeneratedPage[] = [
  { address: 'conformance', title: 'Conformance', content: await conformancePage(docs) },
];
