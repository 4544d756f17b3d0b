// Every example of the documentation runs against the packed packages, and the values its comments state are true. One test each.
// Blocks of one document run in order in one folder, so that a block may use the files of an earlier one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PackedBrowser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { ExampleProject } from './example-project.ts';
import { createExampleProject } from './example-project.ts';
import type { Example } from './find-examples.ts';
import { docstringExamples, markdownExamples } from './find-examples.ts';

const inMarkdown = markdownExamples();
const inDocstrings = docstringExamples();

let project: ExampleProject;
let opened: Promise<PackedBrowser> | undefined;
let compared = 0;

beforeAll(async () => {
  project = await createExampleProject([...inMarkdown, ...inDocstrings]);
});

afterAll(async () => {
  await (await opened)?.close();
  project?.remove();
  console.log(`${inMarkdown.length + inDocstrings.length} examples ran, ${compared} values compared`);
});

async function ran(example: Example): Promise<boolean> {
  compared += await project.run(example, () => (opened ??= openBrowser()));
  return true;
}

test('there are examples of both kinds', () => {
  expect(Math.min(inMarkdown.length, inDocstrings.length)).toBeGreaterThan(0);
});

for (const [concurrent, examples] of [
  [false, inMarkdown],
  [true, inDocstrings],
] as const) {
  for (const example of examples) {
    test(`${example.file}:${example.line}`, { concurrent }, async () => {
      expect(project.typeErrors(example)).toEqual([]);
      expect(await ran(example)).toBe(true);
    });
  }
}
