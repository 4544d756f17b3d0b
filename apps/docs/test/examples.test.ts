// Code that the site shows and no other test runs: that of the front page.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';

const folder = path.resolve(import.meta.dirname, '..');

test('the front page: its code prints what its comment says', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('../examples/home.ts');
  const source = readFileSync(path.join(folder, 'examples/home.ts'), 'utf8');
  expect(log.mock.calls).toEqual([[JSON.parse(/console\.log\(.*\); \/\/ (.*)$/m.exec(source)?.[1] ?? '')]]);
  log.mockRestore();
});
