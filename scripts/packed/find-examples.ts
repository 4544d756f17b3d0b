// Every example of the documentation. In Markdown: the fenced blocks in js, ts and sh (of sh only the lines `npx relbias ...`). In the
// docstrings of packages/*/src: each @example, as TypeScript. `<!-- run: browser -->` directly above makes it an example for a page.
import { fromMarkdown } from 'mdast-util-from-markdown';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';

export interface Example {
  /** Relative to the root of the workspace. */
  readonly file: string;
  /** Where its code begins, counted from 1. */
  readonly line: number;
  readonly language: 'js' | 'ts' | 'sh';
  readonly code: string;
  readonly inPage: boolean;
}

type MarkdownNode = ReturnType<typeof fromMarkdown>['children'][number];

const LANGUAGES: Readonly<Record<string, Example['language']>> = {
  js: 'js',
  mjs: 'js',
  javascript: 'js',
  ts: 'ts',
  typescript: 'ts',
  sh: 'sh',
  bash: 'sh',
  shell: 'sh',
  console: 'sh',
};

const IN_PAGE = /^<!--\s*run: browser\b.*-->\s*/;

/** The examples of README.md, packages/*\/README.md and docs/*.md. */
export function markdownExamples(): Example[] {
  const files = globSync(['README.md', 'packages/*/README.md', 'docs/*.md'], { cwd: root }).toSorted();
  return files.flatMap((file) => fencedExamples(readFileSync(path.join(root, file), 'utf8'), file, 1));
}

/** The @example of every docstring. */
export function docstringExamples(): Example[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).toSorted();
  return files.flatMap((file) =>
    exampleTags(readFileSync(path.join(root, file), 'utf8')).flatMap(({ text, line }) => {
      if (text.includes('```')) return fencedExamples(text, file, line);
      const code = text.replace(IN_PAGE, (mark) => mark.replaceAll(/[^\n]/g, ''));
      return [{ file, line, language: 'ts' as const, code, inPage: code !== text }];
    }),
  );
}

/** The fenced blocks of a Markdown text that begins at this line of its file. */
function fencedExamples(markdown: string, file: string, firstLine: number): Example[] {
  const found: Example[] = [];
  function visit(nodes: readonly MarkdownNode[]): void {
    for (const [index, node] of nodes.entries()) {
      if ('children' in node) visit(node.children);
      if (node.type !== 'code' || !Object.hasOwn(LANGUAGES, node.lang ?? '')) continue;
      const language = LANGUAGES[node.lang ?? ''];
      const above = nodes[index - 1];
      const code = language === 'sh' ? programLines(node.value) : node.value;
      if (code === '') continue;
      const line = (node.position?.start.line ?? 0) + firstLine;
      found.push({ file, line, language, code, inPage: above?.type === 'html' && IN_PAGE.test(above.value) });
    }
  }
  visit(fromMarkdown(markdown).children);
  return found;
}

/** The lines of a shell block that call the program, continued lines joined; prompts are not typed. */
function programLines(block: string): string {
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines
    .map((line) => line.replace(/^\$ /, ''))
    .filter((line) => /^npx relbias\b/.test(line))
    .join('\n');
}

/** The text of each @example, without the comment's stars, and the line it begins on. */
function exampleTags(source: string): { text: string; line: number }[] {
  const found: { text: string[]; line: number }[] = [];
  let open = false;
  for (const [index, line] of source.split('\n').entries()) {
    if (/^\s*\* @example\b/.test(line)) {
      open = true;
      found.push({ text: [], line: index + 2 });
    } else if (/^\s*(\*\/|\* @\w)/.test(line) || !/^\s*\*/.test(line)) {
      open = false;
    } else if (open) {
      found.at(-1)?.text.push(line.replace(/^\s*\* ?/, ''));
    }
  }
  return found.map(({ text, line }) => ({ text: text.join('\n'), line }));
}
