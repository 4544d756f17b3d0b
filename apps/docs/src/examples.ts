// The examples of the site: modules under examples/. The same file is shown, run when the site is built, run on the page on request, and run
// by the tests.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BookAnswer } from '../components/book/answer.ts';

const folder = path.resolve('examples');

/** A fenced block of an example, such as `book/01-query-4`. */
export function exampleBlock(name: string): string {
  return fenced(sourceOf(name));
}

/** A fenced block of the code that a family's page shows and runs: its own example, or the one for any family. */
export function familyExample(family: string): string {
  if (existsSync(fileOf(`families/${family}`))) return exampleBlock(`families/${family}`);
  return fenced(`${sourceOf('any-family')}\n\nexport const shown = await example('${family}');`);
}

function fileOf(name: string): string {
  return path.join(folder, `${name}.ts`);
}

function sourceOf(name: string): string {
  return readFileSync(fileOf(name), 'utf8').trimEnd();
}

function fenced(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

/** The questions of the book in order, with the answers computed now. */
export async function bookAnswers(): Promise<{ readonly name: string; readonly answer: BookAnswer }[]> {
  const names = readdirSync(path.join(folder, 'book')).toSorted();
  return Promise.all(
    names.map(async (file) => ({
      name: `book/${path.basename(file, '.ts')}`,
      answer: (await import(/* @vite-ignore */ pathToFileURL(path.join(folder, 'book', file)).href)) as BookAnswer,
    })),
  );
}
