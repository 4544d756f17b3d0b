// Where the libraries of other people come from: peers/, a folder with a manifest and a lock file of its own, outside the workspace. They
// are large, so that nothing installs them but `npm run bench -- --peers`.
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

/** What is not installed under a folder of peers, or in another version than its manifest wants: "name version". */
export function missingPeers(folder: string = PEERS_FOLDER): string[] {
  return Object.entries(readManifest(folder).dependencies ?? {})
    .filter(([name, version]) => {
      const installed = path.join(folder, 'node_modules', name);
      return !existsSync(path.join(installed, 'package.json')) || readManifest(installed).version !== version;
    })
    .map(([name, version]) => `${name} ${version}`);
}

/** Installs what the lock file says and runs none of its scripts; returns at once where all is there. */
export function installPeers(): void {
  const missing = missingPeers();
  if (missing.length === 0) return;
  process.stderr.write(`Installing ${missing.join(', ')} into ${PEERS_FOLDER} ...\n`);
  // The options that this inherits from an `npm run` around it must not decide: the workspace forbids package locks.
  const args = ['ci', '--prefix', PEERS_FOLDER, '--package-lock=true', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, error } = spawnSync('npm', args, {
    cwd: PEERS_FOLDER,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${error?.message ?? `status ${status}`}`);
}

/** Stops with the way out where a peer is missing. */
export function requirePeers(): void {
  const missing = missingPeers();
  if (missing.length > 0) throw new Error(`Not installed: ${missing.join(', ')}. Install with: ${INSTALL_COMMAND}`);
}

/** The library itself. Its types are what the caller says: they are not installed where this is checked. */
export function loadPeer(name: string): unknown {
  return createRequire(path.join(PEERS_FOLDER, 'package.json'))(name);
}
