// The site: docs/ unchanged, this package's pages, and pages generated from the families, the vectors and the reports.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { katex } from '@mdit/plugin-katex';
import type { MarkdownRenderer, Plugin } from 'vitepress';
import { defineConfig } from 'vitepress';
import { version } from '../src/about-pages.ts';
import { checkSite } from '../src/check-site.ts';
import { publishDownloads } from '../src/judge-page.ts';
import { nav, sidebar } from '../src/navigation.ts';
import { describePage } from '../src/page-meta.ts';
import { addressOf, search } from '../src/search.ts';
import { allPages, root } from '../src/site.ts';

// Where the site is published: `DOCS_BASE=/ DOCS_ORIGIN=https://example.org npm run docs:build`. The default is a project's place on GitHub Pages.
const base = process.env['DOCS_BASE'] ?? '/relbias/';
const origin = process.env['DOCS_ORIGIN'] ?? 'https://relbias.github.io';

/** Vite works from srcDir, the root of the repository, where neither Vue nor VitePress is installed: they are resolved from here. */
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
      // The dependencies of VitePress are ES modules and are served unchanged; Vite would not find them from the root, and warn.
      if (optimizeDeps) optimizeDeps.include = optimizeDeps.include?.filter((id) => !id.startsWith('vitepress >'));
    },
  },
};

export default defineConfig({
  title: 'relbias',
  description: 'Attention with relative position bias for TypeScript',
  lang: 'en',
  base,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}logo.svg` }]],
  // The theme's three fonts: `optional` ones are used only if they arrive with the page.
  transformHead: ({ assets }) =>
    assets
      .filter((file) => /ibm-plex-[^/]*\.woff2$/.test(file))
      .map((href) => ['link', { rel: 'preload', href, as: 'font', type: 'font/woff2', crossorigin: '' }]),
  srcDir: '../..',
  // Of the repository's Markdown, docs/ and this package's pages are the site.
  srcExclude: [
    ...readdirSync(root)
      .filter((name) => name !== 'docs' && name !== 'apps')
      .flatMap((name) => [name, `${name}/**`]),
    'apps/docs/*.md',
  ],
  // A visit does not load the pages that its page links to.
  router: { prefetchLinks: false },
  rewrites: addressOf,
  markdown: { config: readMarkdown, theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
  themeConfig: {
    logo: { src: '/logo.svg', alt: '' },
    nav,
    sidebar,
    search,
    outline: { level: [2, 3] },
    // VitePress sends this function to the browser as text: it may refer to nothing outside.
    editLink: { pattern: ({ frontmatter }) => frontmatter['editAt'] as string, text: 'Edit this page on GitHub' },
    notFound: {
      title: 'This page does not exist',
      quote: 'The search at the top finds every page and every export of the packages.',
      linkText: 'Go to the front page',
    },
    // As SVG: VitePress would fetch an icon given by name from another site.
    socialLinks: [
      { icon: { svg: readFileSync('src/github.svg', 'utf8') }, ariaLabel: 'GitHub', link: 'https://github.com/relbias/relbias' },
    ],
    footer: {
      message: `MIT licence, <a href="${base}about/changelog.html">version ${version}</a>, <a href="${base}about/cite.html">how to cite</a>. Every number and formula on this site comes from the code and its reports.`,
    },
  },
  vite: {
    configFile: false,
    publicDir: path.join(root, 'apps/docs/public'),
    plugins: [fromHere],
    // Examples use top-level await. Two files are large: the search index, loaded by the first search, and gpu.js, loaded when a visitor
    // selects a GPU.
    build: {
      target: 'es2022',
      chunkSizeWarningLimit: 900,
      // A font within the style sheet would travel with every page; as a file it is loaded only where it is used.
      assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
    },
    optimizeDeps: { esbuildOptions: { target: 'es2022' } },
    worker: { format: 'es' },
  },
  transformPageData: (page) => describePage(page, origin, base),
  buildEnd({ outDir }) {
    publishDownloads(outDir);
    checkSite({ outDir, base, pages: allPages });
  },
});

/** Formulas by KaTeX; everything else renders as it does on GitHub. */
function readMarkdown(markdown: MarkdownRenderer): void {
  // VitePress ships the types of another release of markdown-it.
  katex(markdown as unknown as Parameters<typeof katex>[0], {
    output: 'htmlAndMathml',
    transformer: (html) => {
      if (html.includes('katex-error')) throw new Error(`KaTeX cannot read this formula: ${html}`);
      // LaTeX may contain {{, and a block that scrolls must be reachable by keyboard.
      return html.replace(/^<\w+/, (tag) => `${tag} v-pre${tag === '<p' ? ' tabindex="0"' : ''}`);
    },
  });
  const { rules } = markdown.renderer;
  const { text, fence } = rules;
  // Text that looks like a Vue template stays text.
  rules.text = (...call) => text?.(...call).replaceAll('{{', '&#123;&#123;') ?? '';
  // Indented code looks like fenced code; the theme styles only that.
  rules.code_block = (...call) => fence?.(...call) ?? '';
}
