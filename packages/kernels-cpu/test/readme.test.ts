// The examples of the README run as they stand, on the built package, and give what their comments say.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const folder = path.join(import.meta.dirname, '..');
const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

/** `expression; // value` on a line of its own becomes an assertion. */
const CLAIM = /^(\S+); \/\/ (.+)$/gm;

test('there are examples, and each claims something', () => {
  expect(examples.map((code) => [...code.matchAll(CLAIM)].length)).toEqual([2, 1]);
});

test.each(examples)('example %#', (code) => {
  const asserting = code.replaceAll(CLAIM, 'assert.deepEqual($1, $2);');
  const program = `import assert from 'node:assert/strict';\n${asserting}\nconsole.log('as claimed');`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder, encoding: 'utf8' });
  expect(printed).toBe('as claimed\n');
});
