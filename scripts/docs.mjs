// `npm run docs -- ARGS`: sets up, builds what the site is made from, and serves it while its pages are written (`vitepress dev ARGS`).
import { run, runMain, setup } from './setup.mjs';

await runMain(async () => {
  const env = await setup('optional');
  const build = await run('turbo', ['run', 'build', '--filter=@relbias/docs^...', '--output-logs=errors-only'], { env });
  if (build.status !== 0) {
    process.stderr.write(build.output);
    return build.status;
  }
  return (await run('pnpm', ['--filter', '@relbias/docs', 'run', 'dev', ...process.argv.slice(2)], { env, show: true })).status;
});
