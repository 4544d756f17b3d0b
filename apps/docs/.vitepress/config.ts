// The site: docs/ as it stands, and pages made at build time from the families and the reports. Nothing is copied.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { katex } from '@mdit/plugin-katex';
import type { DefaultTheme, MarkdownRenderer, Plugin } from 'vitepress';
import { defineConfig } from 'vitepress';
import { checkSite } from '../src/check-site.ts';
import { plainText } from '../src/markdown.ts';
import type { Page } from '../src/site.ts';
import { familyPages, reportPages, root, writtenPages } from '../src/site.ts';

const links = (pages: readonly Page[]): DefaultTheme.NavItemWithLink[] =>
  pages.map(({ address, title }) => ({ text: title, link: `/${address}` }));

const generated = new Map([...familyPages, ...reportPages].map((page) => [`${page.address}.md`, page]));
const addressOf = (file: string): string => file.replace(/^(docs|apps\/docs\/pages)\//, '');

/** Vite works from srcDir, the root of the repository, where neither Vue nor VitePress is installed: they are found from here. */
const fromHere: Plugin = {
  name: 'relbias:from-here',
  enforce: 'pre',
  // Pages are compiled to Vue components.
  resolveId(id, importer) {
    const isNeeded = importer?.endsWith('.md') && /^vue(\/|$)/.test(id);
    return isNeeded ? this.resolve(id, path.join(root, 'apps/docs/package.json'), { skipSelf: true }) : null;
  },
  config: {
    order: 'post',
    handler({ optimizeDeps }) {
      // What VitePress brings is all ES modules, and is served as it is. Looked for from the root it would only be warned about.
      if (optimizeDeps) optimizeDeps.include = optimizeDeps.include?.filter((id) => !id.startsWith('vitepress >'));
    },
  },
};

export default defineConfig({
  title: 'relbias',
  description: 'Attention with relative position bias for TypeScript',
  lang: 'en',
  // No icon, said so that browsers do not ask for one.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: '../..',
  // Of the repository's Markdown, docs/ and this package's pages are the site; an address does not say where a file stands.
  srcExclude: [
    ...readdirSync(root)
      .filter((name) => name !== 'docs' && name !== 'apps')
      .flatMap((name) => [name, `${name}/**`]),
    'apps/docs/*.md',
  ],
  rewrites: addressOf,
  markdown: { config: readMarkdown },
  themeConfig: {
    nav: [{ text: 'Conventions', link: '/conventions' }, { text: 'Families', items: links(familyPages) }, ...links(reportPages)],
    sidebar: [
      { text: 'Guide', items: links(writtenPages) },
      { text: 'Families', items: links(familyPages) },
      { text: 'Reports', items: links(reportPages) },
    ],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          // Search reads files, and a generated page is none: it is indexed here, as one section.
          _splitIntoSections: (file) => {
            const page = generated.get(addressOf(path.relative(root, file).replaceAll(path.sep, '/')));
            const sections = page && [{ anchor: '', titles: [page.title], text: plainText(page.content) }];
            // Undefined leaves the page to VitePress; its types forget that.
            return sections as { anchor: string; titles: string[]; text: string }[];
          },
        },
      },
    },
    socialLinks: [{ icon: 'github', link: 'https://github.com/relbias/relbias' }],
  },
  vite: { configFile: false, plugins: [fromHere] },
  buildEnd: ({ outDir, site }) => checkSite({ outDir, base: site.base, pages: [...writtenPages, ...reportPages] }),
});

/** Formulas by KaTeX; the rest as it reads wherever else docs/ is shown. */
function readMarkdown(markdown: MarkdownRenderer): void {
  // VitePress ships the types of another release of markdown-it.
  katex(markdown as unknown as Parameters<typeof katex>[0], {
    output: 'htmlAndMathml',
    transformer: (html) => {
      if (html.includes('katex-error')) throw new Error(`A formula that KaTeX cannot read: ${html}`);
      // LaTeX may hold {{, and what scrolls must be within reach of the keyboard.
      return html.replace(/^<\w+/, '$& v-pre tabindex="0"');
    },
  });
  const { rules } = markdown.renderer;
  const { text, fence } = rules;
  // Text that looks like a template is text.
  rules.text = (...call) => text?.(...call).replaceAll('{{', '&#123;&#123;') ?? '';
  // Indented code looks like fenced code; the theme styles only that.
  rules.code_block = (...call) => fence?.(...call) ?? '';
}
