// Search within the site, offline: an index built with it. Pages made from code are no files, and are put into the index here.
import path from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { plainText } from './markdown.ts';
import { bookPages, familyPages, reportPages, root } from './site.ts';

/** The address of a page, from where its file stands: docs/ and pages/ are one site. */
export const addressOf = (file: string): string => file.replace(/^(docs|apps\/docs\/pages)\//, '');

const generated = new Map([...familyPages, ...bookPages, ...reportPages].map((page) => [`${page.address}.md`, page]));

export const search: DefaultTheme.Config['search'] = {
  provider: 'local',
  options: {
    miniSearch: {
      // Who looks for words wants the page that explains them before the export that bears them.
      searchOptions: { boostDocument: (id) => (String(id).includes('/api/') ? 0.2 : 1) },
      // Search reads files, and a generated page is none: it is indexed here, as one section.
      _splitIntoSections: (file) => {
        const page = generated.get(addressOf(path.relative(root, file).replaceAll(path.sep, '/')));
        const sections = page && [{ anchor: '', titles: [page.title], text: plainText(page.content) }];
        // Undefined leaves the page to VitePress; its types forget that.
        return sections as { anchor: string; titles: string[]; text: string }[];
      },
    },
  },
};
