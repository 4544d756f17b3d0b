// The site: docs/ as it stands, this package's pages, and pages made at build time from the families and the reports. Nothing is copied.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { katex } from '@mdit/plugin-katex';
import type { MarkdownRenderer, Plugin } from 'vitepress';
import { defineConfig } from 'vitepress';
import { checkSite } from '../src/check-site.ts';
import { nav, sidebar } from '../src/navigation.ts';
import { addressOf, search } from '../src/search.ts';
import { bookPages, reportPages, root, sitePages, writtenPages } from '../src/site.ts';

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
  // Where the site will stand on its host: `DOCS_BASE=/ npm run docs:build`. The default is a project's place on GitHub Pages.
  base: process.env['DOCS_BASE'] ?? '/relbias/',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env['DOCS_BASE'] ?? '/relbias/'}logo.svg` }]],
  // The theme's three fonts: `optional` ones are used only if they arrive with the page.
  transformHead: ({ assets }) =>
    assets
      .filter((file) => /ibm-plex-[^/]*\.woff2$/.test(file))
      .map((href) => ['link', { rel: 'preload', href, as: 'font', type: 'font/woff2', crossorigin: '' }]),
  srcDir: '../..',
  // Of the repository's Markdown, docs/ and this package's pages are the site; an address does not say where a file stands.
  srcExclude: [
    ...readdirSync(root)
      .filter((name) => name !== 'docs' && name !== 'apps')
      .flatMap((name) => [name, `${name}/**`]),
    'apps/docs/*.md',
  ],
  // A visit loads what it shows, and not the pages it links to.
  router: { prefetchLinks: false },
  rewrites: addressOf,
  markdown: { config: readMarkdown, theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
  themeConfig: {
    logo: { src: '/logo.svg', alt: '' },
    nav,
    sidebar,
    search,
    outline: { level: [2, 3] },
    notFound: {
      title: 'There is no such page',
      quote: 'The search at the top finds every page, and every export of the packages.',
      linkText: 'To the front page',
    },
    // By its picture, as by its name VitePress would fetch it from elsewhere while pages are written.
    socialLinks: [
      { icon: { svg: readFileSync('src/github.svg', 'utf8') }, ariaLabel: 'GitHub', link: 'https://github.com/relbias/relbias' },
    ],
    footer: { message: 'MIT. Every number and formula on this site comes from the code and its reports.' },
  },
  vite: {
    configFile: false,
    publicDir: path.join(root, 'apps/docs/public'),
    plugins: [fromHere],
    // Examples await at their top level. gpu.js is one module of 650 kB, fetched when somebody chooses a GPU: nothing else may be as large.
    build: { target: 'es2022', chunkSizeWarningLimit: 700 },
    optimizeDeps: { esbuildOptions: { target: 'es2022' } },
    worker: { format: 'es' },
  },
  buildEnd: ({ outDir, site }) =>
    checkSite({ outDir, base: site.base, pages: [...writtenPages, ...sitePages, ...bookPages, ...reportPages] }),
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
