// `npm run pack`: builds and packs every public package as it would be published, into .reports/packed, and prints the line that installs
// the tarballs. The checks of what users get install these tarballs. The GPU package has a folder of its own, so that
// `npm install .../packed/*.tgz` leaves it and gpu.js out.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, runMain, setup } from './setup.mjs';
import { publicPackages, root } from './workspace.mjs';

/** What `npm install relbias` must never install: only users of the GPU need it. */
export const OPTIONAL = '@relbias/kernels-gpu';

const packed = path.join(root, '.reports', 'packed');
const packedGpu = path.join(packed, 'gpu');

/** @typedef {import('./workspace.mjs').Package & { tarball: string }} PackedPackage */

/**
 * The tarballs of an earlier call of packAll.
 * @returns {PackedPackage[]}
 */
export function packedPackages() {
  return publicPackages().map((found) => {
    const { name, version } = found.manifest;
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
    return { ...found, tarball: path.join(name === OPTIONAL ? packedGpu : packed, file) };
  });
}

/** Removes files of dist whose source no longer exists, and source maps: tsc never deletes them. @param {string} directory */
function removeStale(directory) {
  const dist = path.join(directory, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, name, kind] = /^(.*?)\.(js|js\.map|d\.ts|d\.ts\.map)$/.exec(file) ?? [];
    if (name === undefined) continue;
    if (kind === 'js.map' || !existsSync(path.join(directory, 'src', `${name}.ts`))) rmSync(path.join(dist, file));
  }
}

/**
 * Emits the JavaScript again without comments. The package still has them in its sources and its declarations.
 * @param {string} directory
 * @param {NodeJS.ProcessEnv} env
 */
async function dropComments(directory, env) {
  const once = ['composite', 'incremental', 'declaration', 'declarationMap', 'isolatedDeclarations'].flatMap((option) => [
    `--${option}`,
    'false',
  ]);
  const { status, output } = await run('tsc', ['--project', 'tsconfig.src.json', '--removeComments', ...once], {
    cwd: directory,
    env,
  });
  if (status !== 0) throw new Error(`${directory}: tsc did not emit\n${output}`);
}

/** Packs all public packages, after deleting earlier tarballs. @param {NodeJS.ProcessEnv} env */
async function packAll(env) {
  rmSync(packed, { recursive: true, force: true });
  for (const { directory, folder, tarball } of packedPackages()) {
    const destination = path.dirname(tarball);
    mkdirSync(destination, { recursive: true });
    removeStale(directory);
    await dropComments(directory, env);
    const { status, output } = await run('pnpm', ['pack', '--pack-destination', destination], { cwd: directory, env });
    if (status !== 0 || !existsSync(tarball)) {
      throw new Error(`${folder}: pnpm pack made no ${path.basename(tarball)}\n${output}`);
    }
  }
}

/** What to type next. */
function installLines() {
  const tarballs = packedPackages().map(({ tarball }) => tarball);
  return [
    'Packed:',
    ...tarballs.map((tarball) => `  ${tarball}`),
    'Install them in your project:',
    `  npm install ${packed}/*.tgz`,
    'And for the GPU (the README of packages/kernels-gpu says how to leave native parts of gpu.js out):',
    `  npm install ${packedGpu}/*.tgz`,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const env = await setup('optional');
    const build = await run('turbo', ['run', 'build', '--filter=./packages/*', '--output-logs=errors-only'], { env });
    if (build.status !== 0) {
      process.stderr.write(build.output);
      return build.status;
    }
    await packAll(env);
    console.log(installLines());
    return 0;
  });
}
