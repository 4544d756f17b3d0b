// The order of the site: which page stands in which section. Titles are read from the pages themselves.
import type { DefaultTheme } from 'vitepress';
import type { Page } from './site.ts';
import { bookPages, familyPages, reportPages, sitePages, writtenPages } from './site.ts';

interface Section {
  readonly title: string;
  /** Addresses in reading order; one that no page has is an error. */
  readonly addresses: readonly string[];
}

const SECTIONS: readonly Section[] = [
  { title: 'Learn', addresses: ['book', 'conventions'] },
  { title: 'Explore', addresses: ['explore/buckets', 'explore/compare', 'explore/lab'] },
  { title: 'Prove', addresses: ['prove/here', 'prove/benchmark', 'conformance', 'benchmarks', 'accuracy'] },
  // Pages of docs/ that no section names follow here.
  {
    title: 'Guides',
    addresses: ['getting-started', 'porting', 'adding-a-family', 'adding-a-backend', 'your-own-kernel', 'glossary'],
  },
  { title: 'API', addresses: sitePages.map(({ address }) => address).filter((address) => address.startsWith('api/')) },
];

const all = new Map([...writtenPages, ...sitePages, ...bookPages, ...reportPages].map((page) => [page.address, page]));

function linkTo({ address, title }: Page): DefaultTheme.NavItemWithLink {
  return { text: title, link: `/${address}` };
}

function pagesOf({ title, addresses }: Section): Page[] {
  const named = addresses.map((address) => {
    const page = all.get(address);
    if (page === undefined) throw new Error(`navigation.ts: section ${title} names ${address}, which is no page`);
    return page;
  });
  if (title !== 'Guides') return named;
  const placed = new Set(SECTIONS.flatMap((section) => section.addresses));
  return [...named, ...writtenPages.filter(({ address }) => !placed.has(address))];
}

const families: DefaultTheme.SidebarItem = { text: 'Families', items: familyPages.map(linkTo) };

const groups = SECTIONS.map((section) => ({ text: section.title, items: pagesOf(section).map(linkTo) }));

/** The bar at the top. */
export const nav: DefaultTheme.NavItem[] = [
  { text: 'Families', items: familyPages.map(linkTo), activeMatch: '/families/' },
  ...groups.map(({ text, items }) => ({ text, items })),
];

/** The column at the side: families directly after what is there to learn. */
export const sidebar: DefaultTheme.Sidebar = groups.flatMap((group) => (group.text === 'Learn' ? [group, families] : [group]));
