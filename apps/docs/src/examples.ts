// The examples of the site: modules under examples/, shown as they stand and run as they stand, here when the site is built, on the page
// when a reader asks, and by the tests.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BookAnswer } from '../components/book/answer.ts';

const folder = path.resolve('examples');

/** The text of an example, such as `families/t5`. */
function exampleSource(name: string): string {
  const file = path.join(folder, `${name}.ts`);
  if (!existsSync(file)) throw new Error(`examples/${name}.ts is missing: every family shows an example that runs`);
  return readFileSync(file, 'utf8').trimEnd();
}

/** A fenced block of an example. */
export function exampleBlock(name: string): string {
  return `\`\`\`ts\n${exampleSource(name)}\n\`\`\``;
}

/** The questions of the book in order, each answered now. */
export async function bookAnswers(): Promise<{ readonly name: string; readonly answer: BookAnswer }[]> {
  const names = readdirSync(path.join(folder, 'book')).toSorted();
  return Promise.all(
    names.map(async (file) => ({
      name: `book/${path.basename(file, '.ts')}`,
      answer: (await import(/* @vite-ignore */ pathToFileURL(path.join(folder, 'book', file)).href)) as BookAnswer,
    })),
  );
}
