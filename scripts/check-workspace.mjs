// Checks that the packages are consistent with one another, and that each has the fields of a published package.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { publicPackages, root, workspacePackages } from './workspace.mjs';

/** @type {string[]} */
const complaints = [];

/** Reads a tsconfig, whose comments are on lines of their own. @param {string} file @returns {{ references?: { path: string }[] }} */
const readConfig = (file) => JSON.parse(readFileSync(file, 'utf8').replaceAll(/^\s*\/\/.*$/gm, ''));

const workspaceNames = new Map(workspacePackages().map(({ manifest, folder }) => [manifest.name, folder]));

for (const { folder, directory, manifest } of publicPackages()) {
  const say = (/** @type {string} */ text) => complaints.push(`${folder}/package.json: ${text}`);
  const { repository, engines, ...rest } = /** @type {Record<string, any>} */ (manifest);

  for (const field of ['description', 'keywords', 'homepage', 'bugs', 'files']) if (!rest[field]?.length) say(`no ${field}`);
  for (const [field, wanted] of [
    ['license', 'MIT'],
    ['type', 'module'],
    ['sideEffects', false],
  ]) {
    if (rest[String(field)] !== wanted) say(`${field} is ${rest[String(field)]}, want ${wanted}`);
  }
  if (repository?.directory !== folder) say(`repository.directory is ${repository?.directory}, want ${folder}`);
  if (engines?.node !== '>=20.19') say(`engines.node is ${engines?.node}, want >=20.19`);
  if (manifest.scripts?.['test'] === undefined) say('no script "test": its tests would never run');
  const hasBrowserTests = existsSync(path.join(directory, 'test', 'browser'));
  if (hasBrowserTests && manifest.scripts?.['test:browser'] === undefined)
    say('no script "test:browser": test/browser would never run');
  if (existsSync(path.join(directory, 'vitest.sweep.config.ts')) && manifest.scripts?.['test:sweep'] === undefined)
    say('no script "test:sweep": vitest.sweep.config.ts would never run');
  if (!existsSync(path.join(directory, 'README.md'))) complaints.push(`${folder}: no README.md`);

  // tsc builds what is referenced, turbo what is depended on: both must name the same packages.
  const depended = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) =>
    workspaceNames.has(name),
  );
  const wanted = depended.map((name) => path.resolve(root, workspaceNames.get(name) ?? '', 'tsconfig.src.json')).toSorted();
  const references = readConfig(path.join(directory, 'tsconfig.src.json')).references ?? [];
  const got = references.map((reference) => path.resolve(directory, reference.path)).toSorted();
  if (String(got) !== String(wanted)) {
    complaints.push(
      `${folder}/tsconfig.src.json: references\n    ${got.join('\n    ')}\n  want, from package.json,\n    ${wanted.join('\n    ')}`,
    );
  }
}

const projects =
  readConfig(path.join(root, 'tsconfig.json')).references?.map((reference) => path.normalize(reference.path)) ?? [];
for (const { folder } of workspacePackages()) {
  const isProject = existsSync(path.join(root, folder, 'tsconfig.json'));
  if (isProject && !projects.includes(path.normalize(folder))) complaints.push(`tsconfig.json: no reference to ${folder}`);
}

if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${publicPackages().length} public packages agree with one another`);
}
