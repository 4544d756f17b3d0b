// The site may be published under any path of a host. The other tests catch URLs outside the base, which are not found; this one checks
// that only the configuration knows the default base, so the other tests hold for any base.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const folder = path.resolve(import.meta.dirname, '..');
const sources = ['.vitepress/config.ts', '.vitepress/theme', 'components', 'examples', 'pages', 'public', 'src'];

test('only the configuration contains the default base', () => {
  const files = sources.flatMap((name) =>
    name.endsWith('.ts')
      ? [name]
      : readdirSync(path.join(folder, name), { recursive: true, encoding: 'utf8', withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))),
  );
  // A URL, not the name of a package or of the repository.
  const naming = files.filter((file) => /['"`( =]\/relbias\//.test(readFileSync(path.join(folder, file), 'utf8')));
  expect(naming).toEqual(['.vitepress/config.ts']);
});
