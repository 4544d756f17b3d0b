// `npm run relbias -- ARGS`: sets up and builds as needed, and runs the command-line program.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, runMain, setup } from './setup.mjs';
import { root } from './workspace.mjs';

/**
 * @param {readonly string[]} args
 * @param {'wanted' | 'optional'} chromium whether to install Chromium and its software GPU
 * @returns {Promise<number>} the exit status
 */
export async function runRelbias(args, chromium) {
  const env = await setup(chromium);
  const build = await run('turbo', ['run', 'build', '--filter=./packages/*', '--output-logs=errors-only'], { env });
  if (build.status !== 0) {
    process.stderr.write(build.output);
    return build.status;
  }
  const program = path.join(root, 'packages', 'relbias', 'dist', 'bin', 'relbias.js');
  return (await run('node', [program, ...args], { env, show: true, signals: true, cwd: process.env['INIT_CWD'] })).status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(() => runRelbias(process.argv.slice(2), 'optional'));
}
