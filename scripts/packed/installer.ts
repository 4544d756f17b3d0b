// Runs the install lines of the documents. Only the path of the checkout is replaced. An install is kept: a line that is run again in an
// equal project links to its node_modules. Packages of other people that the workspace has itself are linked from there.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';

/** What the documents print for the folder of the checkout. */
export const CHECKOUT = '/path/to/relbias';

/** What users install besides relbias, and where the workspace has it. */
const LINKED: Readonly<Record<string, string>> = {
  webgpu: path.join(root, 'packages', 'kernels-gpu', 'node_modules', 'webgpu'),
  vite: path.join(root, 'node_modules', 'vite'),
};

const PROJECT_FILES = ['package.json', 'package-lock.json'];

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

export interface Installer {
  /** Runs `npm install ...` in a folder that has a package.json. */
  install(folder: string, command: string): void;
}

/** @param scratch a folder in which it may keep what it has installed */
export function createInstaller(scratch: string): Installer {
  const kept = new Map<string, string>();
  return {
    install(folder, command) {
      const line = command.replaceAll(CHECKOUT, path.resolve(root));
      const key = `${line} ${readFileSync(path.join(folder, 'package.json'), 'utf8')}`;
      const before = kept.get(key);
      if (before !== undefined) {
        restore(before, folder);
        return;
      }
      ownModules(folder);
      installOnce(folder, line);
      const keep = mkdtempSync(path.join(scratch, 'installed-'));
      renameSync(path.join(folder, 'node_modules'), path.join(keep, 'node_modules'));
      for (const name of PROJECT_FILES) copyIfThere(path.join(folder, name), path.join(keep, name));
      kept.set(key, keep);
      restore(keep, folder);
    },
  };
}

function installOnce(folder: string, line: string): void {
  const words = line.split(/\s+/).slice(2);
  const linked = words.filter((word) => Object.hasOwn(LINKED, word));
  const real = words.filter((word) => !linked.includes(word));
  if (real.some((word) => !word.startsWith('-'))) {
    const install = `npm install --no-audit --no-fund --prefer-offline ${real.join(' ')}`;
    execFileSync('sh', ['-c', install], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
  for (const name of linked) link(folder, name);
}

/** Links a kept installation into a folder. */
function restore(keep: string, folder: string): void {
  const modules = path.join(folder, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  symlinkSync(path.join(keep, 'node_modules'), modules, 'dir');
  for (const name of PROJECT_FILES) copyIfThere(path.join(keep, name), path.join(folder, name));
}

/** Replaces a link to a kept node_modules by a copy, before it is changed. */
function ownModules(folder: string): void {
  const modules = path.join(folder, 'node_modules');
  if (!existsSync(modules) || !lstatSync(modules).isSymbolicLink()) return;
  const shared = realpathSync(modules);
  rmSync(modules);
  cpSync(shared, modules, { recursive: true, verbatimSymlinks: true });
}

function copyIfThere(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to);
}

function link(folder: string, name: string): void {
  const target = path.join(folder, 'node_modules', name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(path.dirname(target), { recursive: true });
  symlinkSync(LINKED[name], target);
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  writeFileSync(file, JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, [name]: '*' } }, null, 2));
}

/** The packages that the install lines run so far have named. */
export function installedByName(folder: string): string[] {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  return Object.keys({ ...dependencies, ...devDependencies });
}
