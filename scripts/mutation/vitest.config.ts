// Runs a package's tests on its mutants: sources instrumented, one test file at a time, with the runner in this folder.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { nodeProject } from '../../vitest.shared.ts';
import { instrument } from './mutants.mjs';
import type { Plan } from './runner.ts';

const plan: Plan = JSON.parse(readFileSync(process.env['RELBIAS_MUTATION_PLAN'] ?? '', 'utf8'));
const { resolve, test } = nodeProject({ include: plan.tests });

export default defineConfig({
  root: plan.root,
  resolve,
  plugins: [
    {
      name: 'relbias:mutants',
      enforce: 'pre',
      transform(code, id) {
        const first = plan.firstOf[id];
        return first === undefined ? null : { code: instrument(code, first), map: null };
      },
    },
  ],
  test: {
    ...test,
    name: undefined,
    exclude: [],
    runner: path.join(import.meta.dirname, 'runner.ts'),
    maxWorkers: 1,
    // The ids of the mutants in a file depend on the files before it.
    fsModuleCache: false,
    testTimeout: plan.testTimeout,
    // A mutant may reject a promise that nothing awaits. Only the tests' results count.
    dangerouslyIgnoreUnhandledErrors: true,
  },
});
