// The sections of a generated page for the search index, as VitePress splits the pages that are files.
import { plainText } from './markdown.ts';
import type { GeneratedPage } from './site.ts';

export interface SearchSection {
  readonly anchor: string;
  readonly titles: readonly string[];
  readonly text: string;
}

/** One section for each heading of the second level, and one for what comes before them. */
export function sectionsOf({ title, content }: GeneratedPage): SearchSection[] {
  const [head, ...parts] = withoutBulk(content).split(/^## /m);
  const sections = parts.map((part) => {
    const [heading, ...lines] = part.split('\n');
    const explicit = /\{#([\w-]+)\}/.exec(heading)?.[1];
    const name = plainText(heading).trim();
    return { anchor: explicit ?? slugOf(name), titles: [title, name], text: plainText(lines.join('\n')) };
  });
  return [{ anchor: '', titles: [title], text: plainText(head) }, ...sections];
}

/** Hashes and rows of folded tables are not worth searching. */
function withoutBulk(markdown: string): string {
  return markdown.replaceAll(/<code class="hash">\w+<\/code>|^::: details[\s\S]*?^:::$/gm, '');
}

/** The anchor of a heading: the rule of @mdit-vue/shared, which VitePress uses and does not export. */
function slugOf(heading: string): string {
  return heading
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .replaceAll(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .replace(/^(\d)/, '_$1')
    .toLowerCase();
}
