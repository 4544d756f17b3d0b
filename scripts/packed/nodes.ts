// The versions of Node that the examples run on: the oldest that relbias supports, and the one that development runs on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';

export interface NodeVersion {
  readonly version: string;
  readonly executable: string;
}

/** The lower end of `engines` in the packages; npm fetches it. */
const OLDEST = '20.19.0';

export function nodeVersions(): readonly NodeVersion[] {
  const development = readFileSync(path.join(root, '.node-version'), 'utf8').trim();
  const oldest = ['exec', '--yes', '--prefer-offline', `--package=node@${OLDEST}`, '--', 'node', '-p'];
  return [
    { wanted: OLDEST, command: 'npm', args: oldest },
    { wanted: development, command: 'node', args: ['-p'] },
  ].map(({ wanted, command, args }) => {
    const script = '`${process.version} ${process.execPath}`';
    const printed = execFileSync(command, [...args, script], { encoding: 'utf8' });
    const [, version, executable] = /^v(\S+) (.+)$/m.exec(printed) ?? [];
    if (version !== wanted) throw new Error(`${command} ${args.join(' ')}: got Node ${version ?? printed}, want ${wanted}`);
    return { version, executable };
  });
}
