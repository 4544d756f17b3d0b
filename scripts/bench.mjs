// `npm run bench -- ARGS`: sets up, builds, and runs the benchmarks of packages/bench.
import { run, runMain, setup } from './setup.mjs';

await runMain(async () => {
  const env = await setup('optional');
  const build = await run('turbo', ['run', 'build', '--filter=@relbias/bench...', '--output-logs=errors-only'], { env });
  if (build.status !== 0) {
    process.stderr.write(build.output);
    return build.status;
  }
  return (await run('pnpm', ['--filter', '@relbias/bench', 'run', 'bench', ...process.argv.slice(2)], { env, show: true }))
    .status;
});
