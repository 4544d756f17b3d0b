// `npm run docs -- ARGS`: sets up, builds the packages that the site uses, and serves the site with live reload (`vitepress dev ARGS`).
// `npm run docs:build -- ARGS`: writes the static site to apps/docs/.vitepress/dist; options such as `--outDir` and `--base /` are passed
// to `vitepress build`.
import { run, runMain, setup } from './setup.mjs';

await runMain(async () => {
  const [first, ...rest] = process.argv.slice(2);
  const builds = first === '--build';
  const args = builds ? rest : process.argv.slice(2);
  const env = await setup('optional');
  const build = await run('turbo', ['run', 'build', '--filter=@relbias/docs^...', '--output-logs=errors-only'], { env });
  if (build.status !== 0) {
    process.stderr.write(build.output);
    return build.status;
  }
  const script = builds ? 'build' : 'dev';
  return (await run('pnpm', ['--filter', '@relbias/docs', 'run', script, ...args], { env, show: true })).status;
});
