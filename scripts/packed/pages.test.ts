// The packed packages in a browser: a page bundled and minified by Vite, a page with the printed import map and no build, and WebGL2 in a
// bundle.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addGpu, createProject } from '../user-project.mjs';
import type { PackedBrowser } from './browser.ts';
import { bundle, html, openBrowser } from './browser.ts';
import { blocksOf } from './find-blocks.ts';

interface CpuAnswer {
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly refusal: string;
}

let userProject: string;
let browser: PackedBrowser;
let inNode: CpuAnswer['outputs'];

beforeAll(async () => {
  userProject = await createProject();
  browser = await openBrowser();
  cpSync(path.join(import.meta.dirname, 'page'), userProject, { recursive: true });
  const script = "import { attendOnCpu } from './attend.js'; console.log(JSON.stringify(await attendOnCpu()))";
  inNode = JSON.parse(execFileSync('node', ['--input-type=module', '--eval', script], { cwd: userProject, encoding: 'utf8' }));
});

afterAll(async () => {
  await browser?.close();
  if (userProject) rmSync(userProject, { recursive: true, force: true });
});

/** Writes a page for one of the scripts in page/, bundles it, and opens it. */
async function visitBundle<Answer>(script: string): Promise<Awaited<ReturnType<typeof browser.visit<Answer>>>> {
  const outDir = path.join(userProject, 'bundled', script);
  writeFileSync(path.join(userProject, 'index.html'), html(`/${script}`));
  expect(await bundle(userProject, outDir)).toEqual([]);
  return browser.visit<Answer>(outDir, 'index.html');
}

function expectCpuAnswer({ answer, errors }: Awaited<ReturnType<typeof visitBundle<CpuAnswer>>>): void {
  expect(errors).toEqual([]);
  expect(answer?.outputs).toEqual(inNode);
  expect(answer?.refusal).toMatch(/^UnsupportedError: .*no package @relbias\/kernels-gpu.*To install it: https:/);
}

test('Node computes numbers to compare with', () => {
  const outputs = Object.values(inNode);
  expect(outputs.length).toBeGreaterThan(0);
  for (const output of outputs) expect(new Set(output).size).toBeGreaterThan(output.length / 2);
});

test('bundled and minified: every CPU kernel gives the numbers it gives in Node', async () => {
  expectCpuAnswer(await visitBundle<CpuAnswer>('cpu.js'));
});

test('unbundled, with an import map: every CPU kernel gives the numbers it gives in Node', async () => {
  // The import map that getting-started prints, with the same relative addresses.
  const printed = blocksOf('docs/getting-started.md').find(({ language }) => language === 'html')?.code ?? '';
  const [map = ''] = /<script type="importmap">.*?<\/script>/s.exec(printed) ?? [];
  writeFileSync(path.join(userProject, 'unbundled.html'), html('/cpu.js', map));
  expectCpuAnswer(await browser.visit<CpuAnswer>(userProject, 'unbundled.html'));
});

test('bundled and minified with kernels-gpu: attention on WebGL2 passes the conformance suite', async () => {
  addGpu(userProject);
  interface GpuAnswer {
    readonly judged: { ranOn: { kernel: string }; verdicts: Record<string, { status: string; reason: string | null }> };
    readonly attended: { first: number; ranOn: { kernel: string } };
  }
  const { answer, errors } = await visitBundle<GpuAnswer>('gpu.js');
  expect(errors).toEqual([]);
  const verdicts = Object.entries(answer?.judged.verdicts ?? {});
  expect(verdicts.map(([name, { status, reason }]) => `${name} ${status} ${reason ?? ''}`.trim())).toEqual(
    verdicts.map(([name]) => `${name} pass`),
  );
  expect(verdicts.length).toBeGreaterThan(0);
  expect([answer?.judged.ranOn.kernel, answer?.attended.ranOn.kernel]).toEqual(['webgl2', 'webgl2']);
  expect(answer?.attended.first).toBe(1);
});
