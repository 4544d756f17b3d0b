// Search within the site, offline: VitePress builds the index; generated pages, which are no files, are added to it here.
import path from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { sectionsOf } from './search-sections.ts';
import { generatedPages, root } from './site.ts';

/** The address of a page, from the path of its file: docs/ and pages/ are one site. */
export const addressOf = (file: string): string => file.replace(/^(docs|apps\/docs\/pages)\//, '');

/** Search terms for pages that use other words. */
const SYNONYMS: Readonly<Record<string, string>> = {
  numerics: 'reproducible, reproducibility, deterministic',
  'adding-a-family': 'custom bias, a bias of your own, own family',
  'explore/compare': 'extrapolation, long context',
  'prove/here': 'conformance, hash',
  decoding: 'KV cache',
};

const generated = new Map(generatedPages.map((page) => [`${page.address}.md`, page]));

export const search: DefaultTheme.Config['search'] = {
  provider: 'local',
  options: {
    // The words of its address belong to a page as well: `numerics`, `threads`.
    _render: (source, env, markdown) => {
      const address = addressOf(env.relativePath).replace(/\.md$/, '');
      const words = `${address.replaceAll(/[/-]/g, ' ')} ${SYNONYMS[address] ?? ''}`;
      return markdown.render(source, env).replace('</h1>', `</h1><p>${words}</p>`);
    },
    miniSearch: {
      // VitePress sends these functions to the browser as text: they refer to nothing outside. A plural finds its singular.
      options: { processTerm: (term) => term.toLowerCase().replace(/([a-z]{2}[a-rt-z])s$/, '$1') },
      searchOptions: {
        // VitePress allows one wrong letter in five, and ranks words that only begin like the query almost as high as the query itself.
        fuzzy: (term) => (term.length > 4 ? 1 : false),
        weights: { fuzzy: 0.2, prefix: 0.15 },
        // Guides come before pages on how this library and others are built, and both before the reference, unless the query is the name
        // of a symbol with capitals inside.
        boostDocument: (id, term, fields) => {
          const address = String(id);
          // Pages that are about a word although they rarely use it.
          const answers: Readonly<Record<string, string>> = {
            reproducible: '/numerics.',
            hash: '/prove/here.',
            safetensor: '/porting.',
          };
          if (answers[term] !== undefined && address.includes(answers[term])) return 4;
          if (/\/(architecture|performance|skipping|prove\/implementations|prove\/check-your-own)\./.test(address)) return 0.5;
          if (address.includes('/benchmarks.')) return 0.9;
          if (!address.includes('/api/')) return 1;
          const title = ((fields?.['title'] ?? '') as string).replace(/\(\)$/, '');
          return title.toLowerCase().startsWith(term) && /[a-z0-9][A-Z]/.test(title) && title.length <= term.length + 1 ? 1 : 0.2;
        },
      },
      _splitIntoSections: (file) => {
        const page = generated.get(addressOf(path.relative(root, file).replaceAll(path.sep, '/')));
        // Undefined leaves the page to VitePress, which its types do not admit.
        return (page && sectionsOf(page)) as { anchor: string; titles: string[]; text: string }[];
      },
    },
  },
};
