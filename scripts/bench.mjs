// `npm run bench -- ARGS`: sets up, builds, and runs the benchmarks of packages/bench.
import path from 'node:path';
import { run, runMain, setup } from './setup.mjs';
import { root } from './workspace.mjs';

await runMain(async () => {
  const env = await setup('optional');
  const build = await run('turbo', ['run', 'build', '--filter=@relbias/bench...', '--output-logs=errors-only'], { env });
  if (build.status !== 0) {
    process.stderr.write(build.output);
    return build.status;
  }
  // Not through pnpm, which adds lines of its own to every error.
  const program = path.join(root, 'packages', 'bench', 'src', 'main.ts');
  return (await run('node', [program, ...process.argv.slice(2)], { env, show: true, cwd: process.env['INIT_CWD'] })).status;
});
