// Runs the install lines of the documents. Only the path of the checkout is replaced. A line that was run before in an equal project is
// not run again: its node_modules is copied. Packages of other people that the workspace has itself are linked from there.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';

/** What the documents print for the folder of the checkout. */
export const CHECKOUT = '/path/to/relbias';

/** What users install besides relbias, and where the workspace has it. */
const LINKED: Readonly<Record<string, string>> = {
  webgpu: path.join(root, 'packages', 'kernels-gpu', 'node_modules', 'webgpu'),
  vite: path.join(root, 'node_modules', 'vite'),
};

const INSTALLED = ['node_modules', 'package.json', 'package-lock.json'];

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
      const words = command.split(/\s+/).slice(2);
      const linked = words.filter((word) => Object.hasOwn(LINKED, word));
      for (const name of linked) link(folder, name);
      const real = words.filter((word) => !linked.includes(word));
      if (!real.some((word) => !word.startsWith('-'))) return;
      const line = `npm install --no-audit --no-fund --prefer-offline ${real.join(' ').replaceAll(CHECKOUT, path.resolve(root))}`;
      const key = `${line} ${readFileSync(path.join(folder, 'package.json'), 'utf8')}`;
      const before = kept.get(key);
      if (before !== undefined) {
        copyInstalled(before, folder);
        return;
      }
      execFileSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      const copy = mkdtempSync(path.join(scratch, 'installed-'));
      copyInstalled(folder, copy);
      kept.set(key, copy);
    },
  };
}

function copyInstalled(from: string, to: string): void {
  for (const name of INSTALLED) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    rmSync(target, { recursive: true, force: true });
    if (existsSync(source)) cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  }
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
