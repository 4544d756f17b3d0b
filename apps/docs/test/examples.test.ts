// Code that the site shows and no other test runs: the front page's, and the Python of the guide to judging a kernel of one's own.
import { execFileSync, spawnSync } from 'node:child_process';
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

// Node and npm are all that the tests may ask of a machine, so this one is there only where Python is.
// oxlint-disable-next-line vitest/no-conditional-tests -- a skipped test counts as a failed one
if (spawnSync('python3', ['--version']).status === 0) {
  test('the guide’s Python judges slopes by the vectors of the package', () => {
    const guide = readFileSync(path.join(folder, '../../docs/your-own-kernel.md'), 'utf8');
    const [, python = ''] = /^```python\n(.*?)^```$/ms.exec(guide) ?? [];
    const lines = execFileSync('python3', ['-'], { cwd: folder, input: python, encoding: 'utf8' }).trim().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) expect(line).toMatch(/^alibi-slopes\/\d+ \S+ of \S+$/);
  });
} else console.warn('No python3 here: the Python of docs/your-own-kernel.md was not run.');
