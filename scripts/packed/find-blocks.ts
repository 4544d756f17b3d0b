// The code blocks of the Markdown documents, each with its language and the marks above it:
//
//     <!-- run: browser -->        a module of a page, bundled by Vite
//     <!-- run: commonjs -->       a CommonJS script, not a module
//     <!-- run: checkout -->       a command typed in a checkout of this repository
//     <!-- given: q.npy, k.npy --> the reader has these files already (given-files.ts makes them)
//     <!-- not run: WHY -->        not run, for a reason that the test prints
//
// A block whose first line is a comment with nothing but a file's name is that file; it is saved, and later blocks use it.
import { fromMarkdown } from 'mdast-util-from-markdown';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';

export interface Block {
  /** Relative to the root of the workspace. */
  readonly file: string;
  /** Where its code begins, counted from 1. */
  readonly line: number;
  /** Its language tag as one of LANGUAGES, or as written; null for indented code and for a fence without a tag. */
  readonly language: string | null;
  readonly code: string;
  /** The file it is to be saved as. */
  readonly name: string | null;
  readonly runIn: string | null;
  readonly notRun: string | null;
  readonly given: readonly string[];
}

type MarkdownNode = ReturnType<typeof fromMarkdown>['children'][number];

/** Other spellings of a language tag. */
const LANGUAGES: Readonly<Record<string, string>> = {
  mjs: 'js',
  javascript: 'js',
  typescript: 'ts',
  bash: 'sh',
  shell: 'sh',
  console: 'sh',
  py: 'python',
  txt: 'text',
};

const NAMED = /^(?:\/\/|#|<!--) ([\w./-]+\.\w+)(?: -->)?$/;

/** README.md first, then getting-started, which every other document builds on. */
export function documents(): string[] {
  const first = ['README.md', 'docs/getting-started.md'];
  const patterns = ['packages/*/README.md', 'packages/conformance/vectors/README.md', 'docs/*.md', 'apps/docs/pages/**/*.md'];
  const others = globSync(patterns, { cwd: root }).toSorted();
  return [...first, ...others.filter((file) => !first.includes(file))];
}

/** All code blocks of a document. */
export function blocksOf(file: string): Block[] {
  return blocksIn(readFileSync(path.join(root, file), 'utf8'), file, 1);
}

/** The code blocks of a Markdown text that begins at this line of its file. */
export function blocksIn(markdown: string, file: string, firstLine: number): Block[] {
  const lines = markdown.split('\n');
  const found: Block[] = [];
  function visit(nodes: readonly MarkdownNode[]): void {
    for (const [index, node] of nodes.entries()) {
      if ('children' in node) visit(node.children);
      if (node.type !== 'code') continue;
      const start = node.position?.start.line ?? 1;
      const fenced = /^\s*(```|~~~)/.test(lines[start - 1] ?? '');
      const tag = (node.lang ?? '').toLowerCase();
      const above = nodes[index - 1];
      const marks = above?.type === 'html' ? above.value : '';
      found.push({
        file,
        line: start + firstLine - (fenced ? 0 : 1),
        language: fenced && tag !== '' ? (LANGUAGES[tag] ?? tag) : null,
        code: node.value,
        name: NAMED.exec(node.value.split('\n', 1)[0])?.[1] ?? null,
        runIn: markIn(marks, 'run')?.split(/\s/, 1)[0] ?? null,
        notRun: markIn(marks, 'not run'),
        given: markIn(marks, 'given')?.split(/,\s*/) ?? [],
      });
    }
  }
  visit(fromMarkdown(markdown).children);
  return found;
}

/** What a mark such as `<!-- not run: WHY -->` says, or null without the mark. */
function markIn(html: string, mark: string): string | null {
  return new RegExp(`<!--\\s*${mark}:\\s*(.*?)\\s*-->`, 's').exec(html)?.[1] ?? null;
}

/** The commands of a shell block: continued lines joined, comments and prompts left out. */
export function commandsOf(code: string): string[] {
  const lines = code.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/(^|\s)#.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '');
}
