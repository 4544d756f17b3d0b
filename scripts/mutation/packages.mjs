// What is mutated, which tests judge it, and which of its mutants are named equivalent.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';
import { EQUIVALENTS } from './equivalents.mjs';
import { findMutants } from './mutants.mjs';

/** @typedef {import('./mutants.mjs').Mutant & { id: number, file: string, text: string, change: string }} Numbered file relative to the workspace */

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string} folder relative to the workspace
 * @property {string} sources a glob, like the others relative to the folder
 * @property {readonly string[]} [exceptSources]
 * @property {string} tests
 * @property {readonly string[]} [slowTests] asked only where the command says so: a surviving mutant takes as long as all tests that reach it
 * @property {readonly import('./equivalents.mjs').Equivalent[]} equivalents
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  {
    name: 'bias-spec',
    folder: 'packages/bias-spec',
    sources: 'src/**/*.ts',
    // Test data, held to recorded hashes as a whole.
    exceptSources: ['src/reproducible/proof-cases.ts'],
    tests: 'test/*.test.ts',
    // Central differences through the whole oracle; the gradients of each part have quick tests of their own.
    slowTests: ['test/lowered-adjoint.test.ts'],
    equivalents: EQUIVALENTS.filter(({ file }) => file.startsWith('packages/bias-spec/')),
  },
  {
    name: 'kernels-cpu',
    folder: 'packages/kernels-cpu',
    sources: 'src/**/*.ts',
    // Made by a build, or run from what a build makes: a worker's copy of the code has no mutants in it.
    exceptSources: ['src/generated/**', 'src/wasm/threads/worker.ts'],
    tests: 'test/*.test.ts',
    slowTests: ['test/*conformance.test.ts'],
    equivalents: EQUIVALENTS.filter(({ file }) => file.startsWith('packages/kernels-cpu/')),
  },
];

/**
 * All mutants of a package, numbered.
 * @param {Target} target
 * @returns {{ mutants: Numbered[], firstOf: Record<string, number> }} firstOf: the number of the first of each file, by its absolute path
 */
export function mutantsOf({ folder, sources, exceptSources = [] }) {
  /** @type {Numbered[]} */
  const mutants = [];
  /** @type {Record<string, number>} */
  const firstOf = {};
  for (const name of globSync(sources, { cwd: path.join(root, folder) }).toSorted()) {
    if (exceptSources.some((glob) => path.matchesGlob(name, glob))) continue;
    const file = `${folder}/${name}`;
    const source = readFileSync(path.join(root, file), 'utf8');
    const lines = source.split('\n');
    firstOf[path.join(root, file)] = mutants.length;
    const found = findMutants(source).mutants.map((mutant) => ({ ...mutant, change: `${mutant.from} -> ${mutant.to}` }));
    for (const mutant of found) {
      const alike = found.filter(({ line, change }) => line === mutant.line && change === mutant.change);
      const change = alike.length === 1 ? mutant.change : `${mutant.change} #${alike.indexOf(mutant) + 1}`;
      mutants.push({ ...mutant, change, id: mutants.length, file, text: lines[mutant.line - 1].trim() });
    }
  }
  return { mutants, firstOf };
}

/** @param {Numbered} mutant @param {readonly import('./equivalents.mjs').Equivalent[]} equivalents */
export function isEquivalent({ file, text, change }, equivalents) {
  return equivalents.some((entry) => entry.file === file && entry.line === text && entry.changes.includes(change));
}

/**
 * What in a list of equivalents matches no mutant, in words.
 * @param {Target} target
 * @param {readonly Numbered[]} mutants
 * @returns {string[]}
 */
export function staleEntries({ equivalents }, mutants) {
  return equivalents.flatMap(({ file, line, changes }) =>
    changes
      .filter((change) => !mutants.some((mutant) => mutant.file === file && mutant.text === line && mutant.change === change))
      .map((change) => `${file}: the line "${line}" has no mutant "${change}"`),
  );
}
