// Blocks that check themselves (instrument.ts), as modules for Node and for pages. `expectValue` is compiled to JavaScript in the same folder,
// because the oldest Node does not run TypeScript.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript-5.4';
import type { Block } from './find-blocks.ts';
import { instrument } from './instrument.ts';

const SOURCE = path.join(import.meta.dirname, 'value-pattern.ts');

/** Writes expectValue as an ES module and as a CommonJS module into a folder. */
export function writeExpectValue(folder: string): { module: string; commonjs: string } {
  const source = readFileSync(SOURCE, 'utf8');
  const compile = (name: string, module: ts.ModuleKind): string => {
    const file = path.join(folder, name);
    writeFileSync(file, ts.transpile(source, { module, target: ts.ScriptTarget.ES2022 }));
    return file;
  };
  return {
    module: compile('expect-value.mjs', ts.ModuleKind.ES2022),
    commonjs: compile('expect-value.cjs', ts.ModuleKind.CommonJS),
  };
}

/** Code on the line it has in its document, after a prefix on the first line: whatever complains names the right line. */
export function onItsLine(line: number, before: string, code: string): string {
  return `${before}${'\n'.repeat(line - 1)}${code}\n`;
}

function withComparisons({ file, line, code }: Block): { code: string; compared: number } {
  return instrument(code, (at) => `${file}:${line + at}`);
}

/** A module or a CommonJS script for Node. */
export function forNode(block: Block, expectValue: { module: string; commonjs: string }): { code: string; compared: number } {
  const { code, compared } = withComparisons(block);
  const before =
    block.runIn === 'commonjs'
      ? `const { expectValue } = require(${JSON.stringify(expectValue.commonjs)});`
      : `import { expectValue } from ${JSON.stringify(expectValue.module)};`;
  return { code: onItsLine(block.line, before, code), compared };
}

/** A module for a page, which sets `answer` once its last line has run and every comparison was made, in callbacks too. */
export function forPage(block: Block, expectValue: { module: string }): { code: string; compared: number } {
  const { code, compared } = withComparisons(block);
  const before = [
    `import { expectValue as compare } from ${JSON.stringify(expectValue.module)};`,
    'let made = 0;',
    'const expectValue = (...args) => { const value = compare(...args); made++; return value; };',
  ].join('');
  const after = `const wait = setInterval(() => { if (made >= ${compared}) { clearInterval(wait); globalThis.answer = 'ran'; } }, 10);`;
  return { code: `${onItsLine(block.line, before, code)}${after}\n`, compared };
}
