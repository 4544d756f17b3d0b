// A stranger's project: an empty folder, outside the workspace so that nothing of it leaks in, where npm has installed the tarballs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OPTIONAL, packedPackages } from './pack.mjs';
import { run } from './setup.mjs';
import { root } from './workspace.mjs';

/** Throws what a command printed if it failed. @param {string} what @param {Promise<import('./setup.mjs').Outcome>} running */
export async function must(what, running) {
  const { status, output } = await running;
  if (status !== 0) throw new Error(`${what}\n${output}`);
  return output;
}

/** Makes the project and returns its folder; the caller removes it. Everything but the optional package is installed. */
export async function createStranger() {
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-stranger-'));
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

/** A project for the length of a call. @param {(folder: string) => Promise<void>} use */
export async function asStranger(use) {
  const folder = await createStranger();
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Adds the optional package from its tarball. npm would compile what its gpu.js asks for (two minutes, and not needed), so it is
 * unpacked, and lent what the workspace has installed for it: gpu.js, and the WebGPU for Node that users bring themselves.
 * @param {string} folder
 */
export function addGpu(folder) {
  for (const { manifest, tarball, directory } of packedPackages()) {
    if (manifest.name !== OPTIONAL) continue;
    const target = path.join(folder, 'node_modules', manifest.name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    for (const name of ['gpu.js', 'webgpu']) lend(folder, path.join(directory, 'node_modules', name), name);
  }
}

/** Lends Node's types, which a user of TypeScript in Node has. @param {string} folder */
export function addNodeTypes(folder) {
  lend(folder, path.join(root, 'node_modules', '@types', 'node'), '@types/node');
}

/** @param {string} folder @param {string} from @param {string} name */
function lend(folder, from, name) {
  const link = path.join(folder, 'node_modules', name);
  mkdirSync(path.dirname(link), { recursive: true });
  symlinkSync(from, link);
}
