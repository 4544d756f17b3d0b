// `npm run bench -- ARGS`: sets up, builds, and runs the benchmarks of packages/bench.
import { run, runMain, setup } from './setup.mjs';

await runMain(async () => {
  const env = await setup('optional');
  const args = ['run', 'bench', '--filter=@relbias/bench', '--output-logs=new-only', '--', ...process.argv.slice(2)];
  return (await run('turbo', args, { env, show: true })).status;
});
