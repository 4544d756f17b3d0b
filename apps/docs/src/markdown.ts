// Markdown from plain data: what a family or a report says is text, whatever signs it holds.

/** Plain text as Markdown that shows exactly it, in a paragraph, a list or a table cell. */
export function text(plain: string): string {
  return plain.replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}

/** Plain text with every arXiv number as a link. */
export function citation(plain: string): string {
  const parts = plain.split(/arXiv:(\d{4}\.\d{4,5})/);
  return parts.map((part, at) => (at % 2 === 0 ? text(part) : `[arXiv:${part}](https://arxiv.org/abs/${part})`)).join('');
}

/** A table; the cells are Markdown. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Roughly the words of our own Markdown, for the search index. */
export function plainText(markdown: string): string {
  return markdown.replaceAll(/\\([!-/:-@[-`{-~])|[|#*`]/g, '$1');
}
