// A promise that never settles does not keep a process alive, so the suite must, until it has reported. Tested in separate processes
// on the built package, because a test runner keeps its own process alive.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const start = promisify(execFile);

async function outputOf(code: string): Promise<string> {
  const program = `import { naiveBackend, runConformance } from '@relbias/conformance';
const silent = { ...naiveBackend(), prepare: () => new Promise(() => {}) };
const cases = ['attention/none', 'attention/alibi'];
${code}`;
  const { stdout } = await start(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: path.join(import.meta.dirname, '..'),
  });
  return stdout;
}

test('the report names the case, and the process ends by itself', async () => {
  const printed = await outputOf(`const { results } = await runConformance(silent, { cases, caseSeconds: 0.2 });
for (const { status, reason } of results) console.log(status, reason);`);
  expect(printed).toMatch(/^fail No answer within 0\.2 s\. .*\nnot-run The backend gave no answer to attention\/none\.\n$/);
});

test('an aborted run leaves no timer behind', async () => {
  const before = performance.now();
  const printed = await outputOf(`const signal = AbortSignal.timeout(100);
setTimeout(() => {}, 200);
await runConformance(silent, { cases, signal, caseSeconds: 30 }).catch((error) => console.log(error.name));`);
  expect(printed).toBe('TimeoutError\n');
  expect(performance.now() - before).toBeLessThan(25_000);
});

test('without a limit, the process ends when the event loop is empty', async () => {
  await expect(
    outputOf(`process.once('beforeExit', () => (console.log('nothing to wait for'), process.exit(3)));
await runConformance(silent, { cases, caseSeconds: Infinity });`),
  ).rejects.toMatchObject({ code: 3, stdout: 'nothing to wait for\n' });
});
