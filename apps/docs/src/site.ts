// What the site consists of: the Markdown of docs/, the site's own pages, and the pages made from code and reports.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies } from '@relbias/bias-spec';
import { changelogPage, citePage } from './about-pages.ts';
import { bookPage } from './book-page.ts';
import { conformancePage } from './conformance-page.ts';
import { familyPage } from './family-page.ts';
import { implementationsPage } from './implementations/page.ts';
import { judgePage } from './judge-page.ts';
import { shortened } from './markdown.ts';

/** `address` is relative to the site's base and has no extension. */
export interface Page {
  readonly address: string;
  readonly title: string;
}

/** A page that is no file of its own. */
export interface GeneratedPage extends Page {
  readonly content: string;
  /** For search engines and link cards; by default the first paragraph. */
  readonly description?: string;
  /** The file or folder of the repository to edit, from its root. */
  readonly source: string;
}

// npm and VitePress both run in this package's folder, and VitePress bundles this file into others, away from this path.
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
      if (title === undefined) throw new Error(`${path.join(folder, name)}: no heading "# ...", which gives the page its title`);
      return { address: name.replace(/\.md$/, ''), title };
    });
}

/** docs/ */
export const writtenPages: readonly Page[] = pagesUnder(docs);

/** This package's own pages, without those that a route generates. */
export const sitePages: readonly Page[] = pagesUnder(path.resolve('pages'));

export const familyPages: readonly GeneratedPage[] = builtinFamilies.map((family) => ({
  address: `families/${family.name}`,
  title: family.title,
  content: familyPage(family),
  description: shortened(`${family.title}: ${family.idea}`),
  source: 'packages/bias-spec/src/families',
}));

/** The questions of the book; a route of its own, because it is laid out like text. */
export const bookPages: readonly GeneratedPage[] = [
  { address: 'book', title: "The book's questions", content: await bookPage(), source: 'apps/docs/examples/book' },
];

export const reportPages: readonly GeneratedPage[] = [
  {
    address: 'conformance',
    title: 'Conformance',
    content: await conformancePage(docs),
    source: 'apps/docs/src/conformance-page.ts',
  },
];

/** For people with code of their own, and about other people's. */
export const provePages: readonly GeneratedPage[] = [
  {
    address: 'prove/check-your-own',
    title: 'Check your own implementation',
    content: judgePage(),
    source: 'apps/docs/src/judge-page.ts',
  },
  {
    address: 'prove/implementations',
    title: 'Other implementations',
    content: implementationsPage(),
    source: 'apps/docs/src/implementations',
  },
];

export const aboutPages: readonly GeneratedPage[] = [
  { address: 'about/changelog', title: 'Changelog', content: changelogPage(), source: '.changeset' },
  { address: 'about/cite', title: 'How to cite', content: citePage(), source: 'apps/docs/src/about-pages.ts' },
];

/** Every page that is made when the site is built. */
export const generatedPages: readonly GeneratedPage[] = [
  ...familyPages,
  ...bookPages,
  ...reportPages,
  ...provePages,
  ...aboutPages,
];

export const allPages: readonly Page[] = [...writtenPages, ...sitePages, ...generatedPages];
