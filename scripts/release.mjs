// `npm run release`: publishes what changesets has versioned. Tests first; pnpm publishes only versions the registry does not have.
// `npm run release -- --dry-run` shows what would be published.
import { run, runMain, setup } from './setup.mjs';

await runMain(async () => {
  const env = await setup('required');
  const tests = await run('node', ['scripts/test.mjs'], { env, show: true });
  if (tests.status !== 0) return tests.status;
  const args = ['--recursive', 'publish', '--access', 'public', ...process.argv.slice(2)];
  return (await run('pnpm', args, { env, show: true })).status;
});
