// `npm run release`: publishes the versions that changesets has set. It runs all tests first; pnpm publishes only versions that the registry
// does not have. `npm run release -- --dry-run` shows what would be published.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { run, runMain, setup } from './setup.mjs';
import { root } from './workspace.mjs';

/** Documents that say that the packages are not on npm: they must be rewritten before the first release. */
function prereleaseDocuments() {
  const files = globSync(['README.md', 'packages/*/README.md', 'docs/*.md', 'apps/docs/pages/**/*.md'], { cwd: root });
  return files.filter((file) => /not on npm yet/i.test(readFileSync(path.join(root, file), 'utf8')));
}

await runMain(async () => {
  const args = process.argv.slice(2);
  const stale = prereleaseDocuments();
  if (stale.length > 0 && !args.includes('--dry-run')) {
    throw new Error(`release: these say "not on npm yet"; put the install line from npm in its place: ${stale.join(', ')}`);
  }
  const env = await setup('required');
  const tests = await run('node', ['scripts/test.mjs'], { env, show: true });
  if (tests.status !== 0) return tests.status;
  return (await run('pnpm', ['--recursive', 'publish', '--access', 'public', ...args], { env, show: true })).status;
});
