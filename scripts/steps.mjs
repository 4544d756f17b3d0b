// What `npm test` runs, in order. Each step is either a command that must succeed (one check) or a vitest run whose tests are counted.
import path from 'node:path';
import { root, workspacePackages } from './workspace.mjs';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} command
 * @property {string} [clears] a folder to which this step and later ones write; it is emptied first, so results of earlier runs do not count
 * @property {boolean} [onGpu] whether it needs Chromium and its software GPU
 * @property {{ of: string, file: string }[]} [reports] the reports that vitest must write: whose tests, and the absolute path
 */

/**
 * A vitest run in every package that has the script. turbo continues after a failing package, so all of them report.
 * @param {string} name
 * @param {'test' | 'test:browser'} script
 * @returns {Step}
 */
function vitest(name, script) {
  const report = `.reports/${script.replace(':', '-')}.json`;
  const packages = workspacePackages().filter(({ manifest }) => manifest.scripts?.[script] !== undefined);
  const reports = packages.map(({ manifest, directory }) => ({ of: manifest.name, file: path.join(directory, report) }));
  // The site has a step of its own: it is built from the matrix, which is made from the reports of these tests.
  const command = ['turbo', 'run', script, '--filter=./packages/*', '--continue=always', '--', ...reporters(report)];
  return { name, command, onGpu: true, reports };
}

/** @param {string} report relative to where vitest runs, or absolute */
function reporters(report) {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
}

/**
 * Test files of scripts/packed, which test the packed packages.
 * @param {string} name
 * @param {string} tests
 * @returns {Step}
 */
function packed(name, tests) {
  const file = path.join(root, '.reports', `packed-${tests}.json`);
  return {
    name,
    command: ['vitest', 'run', '--root', 'scripts/packed', tests, ...reporters(file)],
    onGpu: true,
    reports: [{ of: name, file }],
  };
}

/**
 * The tests of the built site.
 * @param {string} name
 * @returns {Step}
 */
function site(name) {
  const file = path.join(root, '.reports', 'site.json');
  return {
    name,
    command: ['vitest', 'run', '--root', 'apps/docs', ...reporters(file)],
    onGpu: true,
    reports: [{ of: name, file }],
  };
}

/**
 * A package's script of that name, as one check for each package that has it.
 * @param {string} script
 * @returns {Step[]}
 */
function everyPackage(script) {
  return workspacePackages()
    .filter(({ manifest }) => manifest.scripts?.[script] !== undefined)
    .map(({ manifest }) => ({ name: `${script} ${manifest.name}`, command: ['pnpm', '--filter', manifest.name, 'run', script] }));
}

/**
 * All steps. A later one may use the results of an earlier one.
 * @returns {Step[]}
 */
export function steps() {
  return [
    { name: 'format', command: ['oxfmt', '--check', '.'] },
    { name: 'workspace', command: ['node', 'scripts/check-workspace.mjs'] },
    { name: 'links', command: ['node', 'scripts/check-links.mjs'] },
    { name: 'build', command: ['turbo', 'run', 'build', '--filter=./packages/*'] },
    { name: 'typecheck', command: ['tsc', '--build'] },
    // After the build: rules that use types read the declarations of other packages.
    { name: 'lint', command: ['oxlint'] },
    { name: 'layering rules', command: ['node', 'scripts/check-layering.mjs'] },
    { name: 'unused code', command: ['knip'] },
    { ...vitest('unit tests', 'test'), clears: path.join(root, '.reports/conformance') },
    { name: 'mutation testing', command: ['node', 'scripts/check-mutation.mjs'] },
    vitest('browser tests', 'test:browser'),
    // Two minutes; `npm run fuzz` can run for hours.
    { name: 'fuzz', command: ['node', 'scripts/fuzz.mjs', '--minutes', '2'] },
    { name: 'conformance matrix', command: ['node', 'scripts/matrix.mjs', '--check'] },
    ...everyPackage('test:sweep'),
    { name: 'pack', command: ['node', 'scripts/pack.mjs'] },
    { name: 'publint', command: ['node', 'scripts/check-packed.mjs', 'publint'] },
    { name: 'attw', command: ['node', 'scripts/check-packed.mjs', 'attw'] },
    { name: 'packed: install', command: ['node', 'scripts/check-packed.mjs', 'install'] },
    { name: 'packed: types', command: ['node', 'scripts/check-packed.mjs', 'types'] },
    packed('packed: browser pages', 'pages'),
    packed('README examples', 'examples'),
    { name: 'size', command: ['size-limit'] },
    ...everyPackage('generate:check'),
    { name: 'architecture picture', command: ['node', 'scripts/architecture.mjs', '--check'] },
    { name: 'docs', command: ['turbo', 'run', 'build', '--filter=@relbias/docs'] },
    { name: 'docs: types', command: ['pnpm', '--filter', '@relbias/docs', 'run', 'typecheck'] },
    site('docs: in Chromium'),
  ];
}
