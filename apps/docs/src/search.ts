// Search within the site, offline: VitePress builds the index; generated pages, which are no files, are added to it here.
import path from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { sectionsOf } from './search-sections.ts';
import { generatedPages, root } from './site.ts';

/** The address of a page, from the path of its file: docs/ and pages/ are one site. */
export const addressOf = (file: string): string => file.replace(/^(docs|apps\/docs\/pages)\//, '');

const generated = new Map(generatedPages.map((page) => [`${page.address}.md`, page]));

export const search: DefaultTheme.Config['search'] = {
  provider: 'local',
  options: {
    miniSearch: {
      searchOptions: {
        // VitePress allows one wrong letter in five and completes every word. Here short words must match, and only the last is completed.
        fuzzy: (term) => (term.length > 5 ? 0.2 : false),
        prefix: (_, at, terms) => at === terms.length - 1,
        // A page of explanation comes before the reference, unless the reference has a symbol of exactly this name.
        boostDocument: (id, term, fields) => {
          if (!String(id).includes('/api/')) return 1;
          const title = String(fields?.['title'] ?? '').replace(/\(\)$/, '');
          return title.toLowerCase() === term ? 4 : 0.2;
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
