// Every TypeScript example (docstrings, and the modules that the site shows) is type-checked and runs against the packed packages, and the
// values that its comments state are true. One test each.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PackedBrowser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { ExampleProject } from './example-project.ts';
import { createExampleProject } from './example-project.ts';
import { docstringExamples, siteExamples } from './find-docstrings.ts';

const kinds = { docstrings: docstringExamples(), site: siteExamples() };
const examples = Object.values(kinds).flat();

let project: ExampleProject;
let opened: Promise<PackedBrowser> | undefined;
let compared = 0;

beforeAll(async () => {
  project = await createExampleProject(examples);
});

afterAll(async () => {
  await (await opened)?.close();
  project?.remove();
  console.log(`${examples.length} TypeScript examples ran, ${compared} values compared`);
});

test('there are examples of both kinds', () => {
  for (const found of Object.values(kinds)) expect(found.length).toBeGreaterThan(0);
});

for (const example of examples) {
  test(`${example.file}:${example.line}`, { concurrent: true }, async () => {
    expect(project.typeErrors(example)).toEqual([]);
    compared += await project.run(example, () => (opened ??= openBrowser()));
  });
}
