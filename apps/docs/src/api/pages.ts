// The index of the API reference, by topic, and the pages of typedoc with their re-exports as a short list.
import type { EntryPoint } from './entry-points.ts';
import { topicOf, topicTitles } from './topics.ts';

/** An exported symbol, at the entry point that defines it. */
export interface ApiSymbol {
  readonly name: string;
  readonly specifier: string;
  /** From pages/api, such as `@relbias/bias-spec.md#alibi`. */
  readonly url: string;
  /** From packages/. */
  readonly source: string;
}

/** One entry for each symbol, at the entry point that defines it. */
export function indexPage(entries: readonly EntryPoint[], symbols: readonly ApiSymbol[]): string {
  const packages = entries.map(({ specifier, description }) => {
    const count = symbols.filter((symbol) => symbol.specifier === specifier).length;
    return `- [\`${specifier}\`](./${specifier}.md), ${count} symbol${count === 1 ? '' : 's'}: ${description}`;
  });
  const sections = byTopic(symbols).map(([title, all]) => {
    const specifiers = [...new Set(all.map(({ specifier }) => specifier))];
    const lists = specifiers.map(
      (specifier) =>
        `\`${specifier}\`: ${links(
          all.filter((symbol) => symbol.specifier === specifier),
          './',
        )}`,
    );
    return `## ${title}\n\n${lists.join('\n\n')}`;
  });
  return `# API reference

Every export of the packages, from its docstring; CI runs every example. Each symbol is listed once, under the import that defines it.
\`relbias\` re-exports what most programs need of \`@relbias/bias-spec\`.

## Imports

${packages.join('\n')}

${sections.join('\n\n')}
`;
}

/** A page of typedoc, with its description below the title, and one link for each re-export instead of a section. */
export function withGroupedReExports(page: string, description: string, symbols: readonly ApiSymbol[]): string {
  const [head, references] = page.split('\n## References\n');
  const titled = withAnchors(head).replace(/^(# .+)\n/, `$1\n\n${description}\n`);
  if (references === undefined) return titled;
  const targets = [...references.matchAll(/^Re-exports \[([^\]]+)\]\(([^)]+)\)/gm)].map(([, name, url]) => ({
    name: unescaped(name),
    url,
  }));
  const headings = [...references.matchAll(/^### /gm)].length;
  if (targets.length !== headings)
    throw new Error(`typedoc wrote ${headings} re-exports, but only ${targets.length} could be read`);
  const found = targets.map(({ name, url }) => {
    const symbol = symbols.find((one) => one.name === name && url.endsWith(one.url.replace(/^.*\//, '')));
    if (symbol === undefined) throw new Error(`The API reference has no symbol ${name} for the re-export to ${url}`);
    return { ...symbol, url };
  });
  const lists = byTopic(found).map(([title, all]) => `**${title}**: ${links(all, '')}`);
  return `${titled}\n## Re-exports\n\nEach link leads to the definition.\n\n${lists.join('\n\n')}\n`;
}

function byTopic(symbols: readonly ApiSymbol[]): [string, readonly ApiSymbol[]][] {
  return topicTitles
    .map((title): [string, readonly ApiSymbol[]] => [title, symbols.filter(({ source }) => topicOf(source) === title)])
    .filter(([, all]) => all.length > 0);
}

function links(symbols: readonly ApiSymbol[], prefix: string): string {
  return symbols
    .toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    .map(({ name, url }) => withAnchors(`[\`${name}\`](${prefix}${url})`))
    .join(', ');
}

/** typedoc escapes underscores. */
function unescaped(name: string): string {
  return name.replaceAll('\\', '');
}

/** typedoc keeps the underscores of a heading in its anchor; VitePress makes hyphens of them. */
function withAnchors(markdown: string): string {
  return markdown.replaceAll(
    /(\]\([^)\s]*#)([^)\s]*)\)/g,
    (_, start: string, anchor: string) => `${start}${anchor.replaceAll('_', '-')})`,
  );
}
