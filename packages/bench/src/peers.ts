// Installs and loads the other libraries. They are in peers/, a folder outside the workspace with its own manifest and lock file, because they are
// large; only `npm run bench -- --peers` and the plans install them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const PEERS_FOLDER: string = path.join(import.meta.dirname, '..', 'peers');

export const INSTALL_COMMAND = 'npm run bench -- --peers';

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The exact version of a peer that is measured. */
export function peerVersion(name: string): string {
  const version = readManifest(PEERS_FOLDER).dependencies?.[name];
  if (version === undefined) throw new Error(`peers/package.json: no dependency ${name}`);
  return version;
}

/** The peers that are not installed in the version of the manifest, as "name version". */
export function missingPeers(folder: string = PEERS_FOLDER): string[] {
  return Object.entries(readManifest(folder).dependencies ?? {})
    .filter(([name, version]) => {
      const installed = path.join(folder, 'node_modules', name);
      return !existsSync(path.join(installed, 'package.json')) || readManifest(installed).version !== version;
    })
    .map(([name, version]) => `${name} ${version}`);
}

/** Installs missing peers from the lock file, without running their scripts. */
export function installPeers(): void {
  const missing = missingPeers();
  if (missing.length === 0) return;
  process.stderr.write(`Installing ${missing.join(', ')} into ${PEERS_FOLDER} ...\n`);
  // Overrides the options inherited from an outer `npm run`, because the workspace forbids package locks.
  const args = ['ci', '--prefix', PEERS_FOLDER, '--package-lock=true', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, error } = spawnSync('npm', args, {
    cwd: PEERS_FOLDER,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new Error(`npm ${args.join(' ')} failed (${error?.message ?? `status ${status}`}). See its output above.`);
}

/** @throws Error with the command that installs missing peers. */
export function requirePeers(): void {
  const missing = missingPeers();
  if (missing.length > 0) throw new Error(`Not installed: ${missing.join(', ')}. To install them, run: ${INSTALL_COMMAND}`);
}

/** Loads a library. The caller asserts its types, which are not installed when this package is type-checked. */
export function loadPeer(name: string): unknown {
  return createRequire(path.join(PEERS_FOLDER, 'package.json'))(name);
}
