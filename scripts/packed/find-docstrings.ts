// The TypeScript examples: each @example in the docstrings of packages/*/src, and the modules that the site shows (apps/docs/examples).
// `<!-- run: browser -->` as the first line of an @example makes it a module of a page.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';
import { blocksIn } from './find-blocks.ts';

export interface Example {
  /** Relative to the root of the workspace. */
  readonly file: string;
  /** Where its code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  readonly inPage: boolean;
}

const IN_PAGE = /^<!--\s*run: browser\b.*-->\s*/;

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** The @example of every docstring. */
export function docstringExamples(): Example[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).toSorted();
  return files.flatMap((file) =>
    exampleTags(read(file)).flatMap(({ text, line }) => {
      if (text.includes('```')) {
        return blocksIn(text, file, line).map((block) => ({ ...block, inPage: block.runIn === 'browser' }));
      }
      const code = text.replace(IN_PAGE, (mark) => mark.replaceAll(/[^\n]/g, ''));
      return [{ file, line, code, inPage: code !== text }];
    }),
  );
}

/** The modules that the site shows as they are. */
export function siteExamples(): Example[] {
  const files = globSync('apps/docs/examples/**/*.ts', { cwd: root }).toSorted();
  return files.map((file) => ({ file, line: 1, code: read(file), inPage: false }));
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
