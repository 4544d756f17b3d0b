// Markdown from plain data, and plain text from Markdown.

/** Plain text as Markdown that shows exactly this text, in a paragraph, a list or a table cell. */
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

/** The words of our own Markdown without its signs, tags, addresses and formulas. */
export function plainText(markdown: string): string {
  return markdown
    .replaceAll(/<style[\s\S]*?<\/style>|<script[\s\S]*?<\/script>|<[/!]?[A-Za-z][^>]*>|\{#[\w-]+\}/g, ' ')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\\([!-/:-@[-`{-~])|[|#*`]/g, '$1');
}

/** A description of a page: the first paragraph below its title, shortened. */
export function descriptionOf(markdown: string): string {
  const body = markdown.replace(/^---\n[\s\S]*?\n---\n/, '').replace(/^[\s\S]*?^# .*$/m, '');
  const isProse = (block: string): boolean => /^[A-Za-z*[`\\]/.test(block) && !block.startsWith('```');
  const paragraph =
    body
      .split(/\n\s*\n/)
      .map((block) => block.trim())
      .find(isProse) ?? '';
  return shortened(plainText(paragraph).replaceAll(/\s+/g, ' ').trim());
}

/** At most 200 characters of plain text: whole sentences where the first one leaves off early enough, else whole words. */
export function shortened(words: string): string {
  if (words.length <= 200) return words;
  const sentences = /^.{60,199}[.!?](?= [A-Z])/.exec(words)?.[0];
  return sentences ?? `${words.slice(0, 199).replace(/\s+\S*$/, '')} …`;
}
