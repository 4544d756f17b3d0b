// The workspace: its root and its packages, for several scripts.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} [description]
 * @property {boolean} [private]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string | { types: string, default: string }>} [exports]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/** @typedef {{ folder: string, directory: string, manifest: Manifest }} Package folder is relative to the root, directory absolute */

/**
 * Every package under packages/ and apps/, in the order of their folders.
 * @returns {Package[]}
 */
export function workspacePackages() {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(path.join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(path.join(root, parent, entry.name, 'package.json')))
      .map((entry) => {
        const directory = path.join(root, parent, entry.name);
        const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
        return { folder: `${parent}/${entry.name}`, directory, manifest };
      }),
  );
}

/**
 * The published packages.
 * @returns {Package[]}
 */
export function publicPackages() {
  return workspacePackages().filter(({ manifest }) => !manifest.private);
}

/**
 * The import specifiers of a package, such as '@relbias/bias-spec/oracle', and the file of each in node_modules.
 * @param {Manifest} manifest
 * @returns {{ specifier: string, file: string }[]}
 */
export function importTargets({ name, exports = {} }) {
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [{ specifier: path.posix.join(name, subpath), file: path.posix.join(name, target.default) }],
  );
}

/**
 * Only the import specifiers.
 * @param {Manifest} manifest
 * @returns {string[]}
 */
export function importSpecifiers(manifest) {
  return importTargets(manifest).map(({ specifier }) => specifier);
}
