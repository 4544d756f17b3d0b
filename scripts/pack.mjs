// Packs every public package as it would be published, into .reports/packed, for the checks that look at what users get.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from './setup.mjs';
import { publicPackages, root } from './workspace.mjs';

const packed = path.join(root, '.reports', 'packed');

/** @typedef {import('./workspace.mjs').Package & { tarball: string }} PackedPackage */

/**
 * The tarballs of an earlier call of packAll.
 * @returns {PackedPackage[]}
 */
export function packedPackages() {
  return publicPackages().map((found) => {
    const name = found.manifest.name.replace('@', '').replace('/', '-');
    return { ...found, tarball: path.join(packed, `${name}-${found.manifest.version}.tgz`) };
  });
}

/** Removes what an earlier build emitted for a source that is gone, or would not emit today: tsc leaves it lying. @param {string} directory */
function removeStale(directory) {
  const dist = path.join(directory, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, name, kind] = /^(.*?)\.(js|js\.map|d\.ts|d\.ts\.map)$/.exec(file) ?? [];
    if (name === undefined) continue;
    if (kind === 'js.map' || !existsSync(path.join(directory, 'src', `${name}.ts`))) rmSync(path.join(dist, file));
  }
}

/**
 * Emits the JavaScript once more, without its comments: who installs a package has them in its sources, to which the declarations lead, and
 * in the declarations. @param {string} directory
 */
async function dropComments(directory) {
  const once = ['composite', 'incremental', 'declaration', 'declarationMap', 'isolatedDeclarations'].flatMap((option) => [
    `--${option}`,
    'false',
  ]);
  const { status, output } = await run('tsc', ['--project', 'tsconfig.src.json', '--removeComments', ...once], {
    cwd: directory,
  });
  if (status !== 0) throw new Error(`${directory}: tsc did not emit\n${output}`);
}

/** Packs all public packages, forgetting earlier tarballs. */
export async function packAll() {
  rmSync(packed, { recursive: true, force: true });
  mkdirSync(packed, { recursive: true });
  for (const { directory, folder, tarball } of packedPackages()) {
    removeStale(directory);
    await dropComments(directory);
    const { status, output } = await run('pnpm', ['pack', '--pack-destination', packed], { cwd: directory });
    if (status !== 0 || !readdirSync(packed).includes(path.basename(tarball))) {
      throw new Error(`${folder}: pnpm pack made no ${path.basename(tarball)}\n${output}`);
    }
  }
}
