// "Prove it here" in Chromium on SwiftShader: green on every backend, a report that the suite reads back, threads by way of the service
// worker, and a cancelled run that leaves the page usable. A part of the suite: the button runs all of it (`npm run docs`, then try it).
import { readFileSync } from 'node:fs';
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

async function finished(page: Page): Promise<string> {
  const verdict = page.locator('.prove .verdict');
  await page.waitForFunction(() => document.querySelector('.prove .verdict')?.textContent !== '', undefined, { timeout: 55_000 });
  return (await verdict.textContent()) ?? '';
}

test('green on wasm, webgl2 and webgpu; the report reads back', async () => {
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
  // Every bit right on three backends: their hashes are one.
  const hashes = await page.locator('.bits code').allTextContents();
  expect(hashes).toHaveLength(3);
  expect(new Set(hashes)).toEqual(new Set([matrix.columns[0]?.bits?.hash]));
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

test('without isolation threads are missing, with the reason; the service worker isolates the page, and they are green', async () => {
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

test('a run can be cancelled, and the next one starts afresh', async () => {
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
