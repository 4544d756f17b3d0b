// The metadata in the head of each page: description, card for links that people share, and where to edit the page.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { HeadConfig, PageData } from 'vitepress';
import { descriptionOf } from './markdown.ts';
import { generatedPages, root } from './site.ts';

const REPOSITORY = 'https://github.com/relbias/relbias';
/** In public/. */
const CARD = 'card.png';

const generated = new Map(generatedPages.map((page) => [`${page.address}.md`, page]));

/** Adds the description and the link to edit to a page; `origin` and `base` are those of the site. */
export function describePage(page: PageData, origin: string, base: string): void {
  const own = generated.get(page.relativePath);
  const markdown = own?.content ?? readFileSync(path.join(root, page.filePath), 'utf8');
  const description = (page.frontmatter['description'] as string | undefined) ?? own?.description ?? descriptionOf(markdown);
  page.description = description;
  const address = page.relativePath.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '.html');
  const card: HeadConfig[] = [
    ['og:type', 'website'],
    ['og:site_name', 'relbias'],
    ['og:title', page.title],
    ['og:description', description],
    ['og:url', `${origin}${base}${address}`],
    ['og:image', `${origin}${base}${CARD}`],
    ['og:image:width', '1200'],
    ['og:image:height', '630'],
    ['og:image:alt', 'relbias: attention with relative position bias for TypeScript'],
  ].map(([property, content]): HeadConfig => ['meta', { property, content }]);
  page.frontmatter['head'] = [
    ...((page.frontmatter['head'] as HeadConfig[] | undefined) ?? []),
    ...card,
    ['meta', { name: 'twitter:card', content: 'summary_large_image' }],
  ];
  page.frontmatter['editAt'] = editAddress(page.filePath, own?.source);
}

/** A generated page is edited at its source, a page of the API reference in the docstrings of the packages. */
function editAddress(filePath: string, source: string | undefined): string {
  if (filePath.startsWith('apps/docs/pages/api/')) return `${REPOSITORY}/tree/main/packages`;
  const target = source ?? filePath;
  return `${REPOSITORY}/${/\.\w+$/.test(path.basename(target)) ? 'edit' : 'tree'}/main/${target}`;
}
