// "Prove it here" in Chromium on SwiftShader: every backend passes, hashes equal the reference, the suite reads the report back, threads work
// through the service worker, a cancelled run leaves the page usable. It runs a part of the suite; the page's button runs all of it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConformanceReport, VectorResult } from '@relbias/conformance';
import { mergeReports } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

/** Every family, and few cases of each: the control and the causal one. */
const FILTER = ':causal';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

interface BitsReport {
  readonly rows: readonly {
    readonly reproducible: string | null;
    readonly bits: { readonly cases: number; readonly hash: string } | null;
  }[];
}
const bits = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../docs/reports/bits.json'), 'utf8')) as BitsReport;
const published = bits.rows.find(({ bits: one }) => one !== null);
const reference = { output: published?.reproducible, ...published?.bits };

test('all cases of the reproducible profile give the reference hash', async () => {
  const { page, errors, close } = await site.visit('prove/here.html?backends=wasm&filter=bits/,vectors/reproducible');
  expect(await page.getByRole('button', { name: 'Run these cases' }).isEnabled()).toBe(true);
  await page.getByRole('button', { name: 'Run these cases' }).click();
  expect(await finished(page)).toBe(`All ${reference.cases} cases passed.`);
  const [shown, ran] = await page.locator('.bits tbody tr').evaluateAll((rows) => rows.map((row) => row.textContent ?? ''));
  for (const row of [shown, ran]) {
    expect(row).toContain(reference.hash);
    expect(row).toContain(reference.output);
  }
  expect(ran).toMatch(/equals the reference$/);
  expect(ran).not.toContain('output equals');
  expect(errors).toEqual([]);
  await close();
});

test('a URL that requests an unknown backend or matches no case is reported', async () => {
  const { page, close } = await site.visit('prove/here.html?backends=wasm,cuda&filter=no-such-case');
  const problem = page.locator('.prove .problem');
  expect(await problem.textContent()).toMatch(
    /asks for "cuda": there is no such row. The rows are called\s+vectors, wasm, threads/,
  );
  await page.getByRole('button', { name: 'Run these cases' }).click();
  expect(await finished(page)).toBe('Nothing ran; the reasons are above.');
  expect(await page.locator('[data-backend="wasm"]').textContent()).toContain('no case has a name that contains "no-such-case"');
  await close();
});

test.each(['prove/here', 'prove/benchmark'])('without JavaScript %s says that it needs it', async (address) => {
  const context = await site.browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${site.origin}${address}.html`);
  const text = await page.locator('.island.waiting').textContent();
  expect(text).toMatch(/needs JavaScript/);
  expect(text).not.toContain('Loading');
  await context.close();
});

async function finished(page: Page): Promise<string> {
  const verdict = page.locator('.prove .verdict');
  await page.waitForFunction(() => document.querySelector('.prove .verdict')?.textContent !== '', undefined, { timeout: 55_000 });
  return (await verdict.textContent()) ?? '';
}

test('all pass on wasm, webgl2 and webgpu; the report can be read back', async () => {
  const { page, errors, close } = await site.visit(`prove/here.html?backends=wasm,webgl2,webgpu&filter=${FILTER}`);
  await page.getByRole('button', { name: 'Run these cases' }).click();
  expect(await finished(page)).toMatch(/^All \d+ cases passed\.$/);
  const states = await page
    .locator('.backends li')
    .evaluateAll((rows) => rows.map((row) => row.outerHTML.match(/data-state="(\w+)"/)?.[1]));
  expect(states).toEqual(['waiting', 'done', 'waiting', 'done', 'done']);

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the report' }).click(),
  ]);
  const saved = JSON.parse(readFileSync(await download.path(), 'utf8')) as { ok: boolean; reports: ConformanceReport[] };
  const required = [
    { backend: 'cpu', kernel: 'wasm' },
    { backend: 'gpu.js', kernel: 'webgl2' },
    { backend: 'gpu.js', kernel: 'webgpu' },
  ];
  const matrix = mergeReports(saved.reports, { required });
  expect(matrix.failures).toEqual([]);
  expect([saved.ok, matrix.ok]).toEqual([true, true]);
  expect(await page.locator('.matrix tbody tr').count()).toBe(matrix.families.length);
  // Every bit is right on three backends: one hash of these cases, and the published hash of one output.
  const row = page.locator('.bits tbody tr:not(.reference)');
  const columns = await row.evaluateAll((rows) =>
    rows.map((one) => [...one.querySelectorAll('code')].map((code) => code.textContent)),
  );
  expect(columns).toEqual(Array.from({ length: 3 }, () => [matrix.columns[0]?.bits?.hash, reference.output]));
  expect(await page.locator('.bits .compared').allTextContents()).toEqual(Array(3).fill('output equals the reference'));
  expect(errors).toEqual([]);
  await close();
});

test('the golden vectors judge the spec, all of them', async () => {
  const { page, errors, close } = await site.visit('prove/here.html?backends=vectors');
  await page.getByRole('button', { name: 'Run the whole suite' }).click();
  expect(await finished(page)).toMatch(/^All \d+ cases passed\.$/);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the report' }).click(),
  ]);
  const { ok, vectors } = JSON.parse(readFileSync(await download.path(), 'utf8')) as { ok: boolean; vectors: VectorResult[] };
  const cases = (await readVectors()).flatMap((file) => file.cases);
  expect(vectors.map(({ name }) => name).toSorted()).toEqual(cases.map(({ id }) => `vectors/${id}`).toSorted());
  expect([ok, vectors.filter(({ status }) => status === 'fail')]).toEqual([true, []]);
  expect(errors).toEqual([]);
  await close();
});

test('without isolation threads are unavailable, with the reason; the service worker isolates the page, and they pass', async () => {
  const { page, errors, close } = await site.visit(`prove/here.html?backends=threads&filter=${FILTER}`);
  await page.getByRole('button', { name: 'Run these cases' }).click();
  const threads = page.locator('[data-backend="threads"]');
  await expect.poll(() => threads.getAttribute('data-state')).toBe('missing');
  expect(await threads.textContent()).toContain('crossOriginIsolated');
  await page.getByRole('button', { name: 'Isolate this page' }).click();
  await page.waitForSelector('.isolation[data-isolated="true"]');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.getByRole('button', { name: 'Run these cases' }).click();
  expect(await finished(page)).toMatch(/^All \d+ cases passed\.$/);
  expect(await threads.textContent()).toMatch(/[2-9]\d* threads/);
  expect(errors).toEqual([]);
  await close();
});

test('a run can be cancelled, and the next one starts from the beginning', async () => {
  const { page, close } = await site.visit('prove/here.html?backends=wasm');
  await page.getByRole('button', { name: 'Run the whole suite' }).click();
  await page.waitForSelector('[data-backend="wasm"] progress');
  await page.getByRole('button', { name: 'Cancel' }).click();
  const row = page.locator('[data-backend="wasm"]');
  await expect.poll(() => row.getAttribute('data-state')).toBe('cancelled');
  expect(await row.textContent()).toMatch(/Cancelled after \d+ of \d+ cases/);
  await page.getByRole('button', { name: 'Run the whole suite' }).click();
  await expect.poll(() => row.getAttribute('data-state')).toBe('running');
  await close();
});
