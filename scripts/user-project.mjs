// A user's project: an empty folder in which npm has installed the tarballs. It is outside the workspace, so nothing of the workspace leaks in.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OPTIONAL, packedPackages } from './pack.mjs';
import { run } from './setup.mjs';
import { root } from './workspace.mjs';

/** Throws the output of a command that failed. @param {string} what @param {Promise<import('./setup.mjs').Outcome>} running */
export async function must(what, running) {
  const { status, output } = await running;
  if (status !== 0) throw new Error(`${what}\n${output}`);
  return output;
}

/** Creates the project and returns its folder, which the caller removes. All packages but the optional one are installed. */
export async function createProject() {
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-project-'));
  try {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const tarballs = packedPackages().flatMap(({ manifest, tarball }) => (manifest.name === OPTIONAL ? [] : [tarball]));
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
    await must('npm install of the tarballs', run('npm', ['install', ...quiet, ...tarballs], { cwd: folder }));
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Creates a project, and removes it after the call. @param {(folder: string) => Promise<void>} use */
export async function inProject(use) {
  const folder = await createProject();
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Adds the optional package from its tarball. npm would spend two minutes on compiling a dependency of gpu.js that is not needed, so the
 * tarball is unpacked instead, and gpu.js and webgpu (which users install themselves) are linked from the workspace.
 * @param {string} folder
 */
export function addGpu(folder) {
  for (const { manifest, tarball, directory } of packedPackages()) {
    if (manifest.name !== OPTIONAL) continue;
    const target = path.join(folder, 'node_modules', manifest.name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    for (const name of ['gpu.js', 'webgpu']) link(folder, path.join(directory, 'node_modules', name), name);
  }
}

/** Links Node's types, which a user of TypeScript in Node has. @param {string} folder */
export function addNodeTypes(folder) {
  link(folder, path.join(root, 'node_modules', '@types', 'node'), '@types/node');
}

/** @param {string} folder @param {string} from @param {string} name */
function link(folder, from, name) {
  const target = path.join(folder, 'node_modules', name);
  mkdirSync(path.dirname(target), { recursive: true });
  symlinkSync(from, target);
}
