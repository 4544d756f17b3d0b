// Draws the architecture from the code: docs/architecture.svg from the imports of the packages, and in docs/architecture.md the list of the
// files that a call passes through, by running one.
//
//     npm run architecture                    build, and write both
//     node scripts/architecture.mjs --check   fail where one of them is not up to date
//
// The packages are built before (scripts/steps.mjs). Files that import one another in a circle, types included, are an error.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSources, requireNoCircles } from './architecture/imports.mjs';
import { pictureOf } from './architecture/picture.mjs';
import { diagramOf } from './architecture/modules.mjs';
import { walksText } from './architecture/walks.mjs';
import { root } from './workspace.mjs';

const mode = process.argv[2];
if (mode !== undefined && mode !== '--check')
  throw new Error(`architecture: got ${JSON.stringify(mode)}, want nothing or --check`);

const MARKS = /** @type {const} */ (['<!-- walks: npm run architecture -->\n', '<!-- end of walks -->']);

const sources = readSources();
requireNoCircles(sources);
keep('docs/architecture.svg', pictureOf(diagramOf(sources)));
keep('docs/architecture.md', withWalks(read('docs/architecture.md'), await walksText()));

/** @param {string} file */
function read(file) {
  return readFileSync(path.join(root, file), 'utf8');
}

/**
 * @param {string} document
 * @param {string} walks
 */
function withWalks(document, walks) {
  const [start, end] = [document.indexOf(MARKS[0]), document.indexOf(MARKS[1])];
  if (start === -1 || end < start)
    throw new Error(`docs/architecture.md has no marks for the walks between ${MARKS.join(' and ').trim()}`);
  return `${document.slice(0, start)}${MARKS[0]}\n${walks}\n${document.slice(end)}`;
}

/**
 * @param {string} file
 * @param {string} text
 */
function keep(file, text) {
  if (mode === undefined) {
    writeFileSync(path.join(root, file), text);
    return;
  }
  if (read(file) !== text) {
    console.error(`${file} is not up to date with the code. Run: npm run architecture`);
    process.exitCode = 1;
  }
}
