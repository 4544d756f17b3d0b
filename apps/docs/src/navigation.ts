// The order of the site: which section each page belongs to. Titles are read from the pages themselves.
import type { DefaultTheme } from 'vitepress';
import type { Page } from './site.ts';
import { allPages, familyPages, sitePages, writtenPages } from './site.ts';

interface Section {
  readonly title: string;
  /** Addresses in reading order; an address without a page is an error. */
  readonly addresses: readonly string[];
}

/** The section of the pages of docs/ that no section names. */
const GUIDES = 'Guides';

const SECTIONS: readonly Section[] = [
  { title: 'Learn', addresses: ['what-a-position-bias-does', 'getting-started', 'conventions', 'book', 'glossary'] },
  { title: 'Explore', addresses: ['explore/buckets', 'explore/compare', 'explore/lab'] },
  { title: GUIDES, addresses: ['porting', 'decoding', 'threads', 'your-own-kernel', 'adding-a-family', 'adding-a-backend'] },
  {
    title: 'Prove',
    addresses: [
      'prove/here',
      'prove/check-your-own',
      'prove/implementations',
      'conformance',
      'accuracy',
      'numerics',
      'prove/benchmark',
      'benchmarks',
    ],
  },
  { title: 'Inside', addresses: ['architecture', 'skipping', 'performance'] },
  { title: 'API', addresses: sitePages.map(({ address }) => address).filter((address) => address.startsWith('api/')) },
  { title: 'About', addresses: ['about/not-here', 'about/changelog', 'about/cite'] },
];

const all = new Map(allPages.map((page) => [page.address, page]));

function linkTo({ address, title }: Page): DefaultTheme.NavItemWithLink {
  return { text: title, link: `/${address}` };
}

function pagesOf({ title, addresses }: Section): Page[] {
  const named = addresses.map((address) => {
    const page = all.get(address);
    if (page === undefined) throw new Error(`navigation.ts: section ${title} names ${address}, but no page has this address`);
    return page;
  });
  if (title !== GUIDES) return named;
  const placed = new Set(SECTIONS.flatMap((section) => section.addresses));
  return [...named, ...writtenPages.filter(({ address }) => !placed.has(address))];
}

const sections = SECTIONS.map((section) => ({ text: section.title, items: pagesOf(section).map(linkTo) }));
const families = { text: 'Families', items: familyPages.map(linkTo) };

/** Families follow the section Learn. */
const groups = sections.flatMap((group) => (group.text === 'Learn' ? [group, families] : [group]));

/** The bar at the top. Pages about the project itself would not fit on a tablet; they are in the sidebar and the footer. */
export const nav: DefaultTheme.NavItem[] = groups.filter(({ text }) => text !== 'About');

/** The sidebar. */
export const sidebar: DefaultTheme.Sidebar = groups;
