// The attention lab in Chromium: it shows the numbers of the spec, on each backend; files are read, and the errors for bad ones.
import { alibi, builtinFamilies, planAttention } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';
import { encodeNpy, encodeSafetensors } from 'relbias/files';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleOf } from '../components/lab/lab-bias.ts';
import { randomInputs } from '../components/lab/lab-inputs.ts';
import { show } from '../components/plot/format.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

async function settled(page: Page): Promise<void> {
  await page.waitForSelector('.lab[data-state="ready"], .lab[data-state="problem"]');
}

const term = async (page: Page, name: string): Promise<string> => (await page.textContent(`[data-term="${name}"]`)) ?? '';

/** A pair of the lab's own random tensors, by the spec in Node. */
function wanted(head: number, i: number, j: number): Record<string, string> {
  const [heads, tokens, headDim] = [4, 24, 16];
  const plan = planAttention({ heads, queries: tokens, keys: tokens, headDim, bias: alibi({ heads }), mask: { causal: true } });
  const { query, key } = randomInputs(heads, tokens, headDim, 1);
  const [q, k] = [query.data, key.data] as Float32Array[];
  const row = (position: number): number => (head * tokens + position) * headDim;
  const dot = Array.from({ length: headDim }, (_, channel) => q[row(i) + channel] * k[row(j) + channel]).reduce((a, b) => a + b);
  const [score, bias] = [plan.scale * dot, plan.biasScale * plan.bias.value(head, i - j, i)];
  const weight = attentionRow(plan, 0, head, i, q, k).weights[j];
  return { score: show(score), bias: show(bias), logit: show(score + bias), oracle: show(weight), weight: show(weight) };
}

/** A number as the site writes it. */
function near(text: string): number {
  return Number(text.replaceAll('−', '-'));
}

test.each(['cpu:wasm', 'gpu:webgl2', 'gpu:webgpu'])(
  '%s: the terms of a pair, selected with the arrow keys, equal the spec’s',
  async (backend) => {
    const { page, errors, close } = await site.visit(`explore/lab.html?backend=${backend}`);
    await settled(page);
    expect(await page.textContent('.ran')).toContain(backend.split(':')[1]);
    const map = page.locator('.lab [role="application"]');
    await map.focus();
    for (const key of ['ArrowUp', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    const want = wanted(0, 22, 2);
    for (const [name, text] of Object.entries(want)) expect([name, await term(page, name)]).toEqual([name, text]);
    expect(errors).toEqual([]);
    await close();
  },
);

test('settings, convention and mask change the figures; refusals of the family are shown', async () => {
  const { page, close } = await site.visit('explore/lab.html');
  await settled(page);
  const settings = page.getByLabel('or your own settings, JSON');
  await settings.fill('{"beta": 0.5}');
  await settings.press('Enter');
  await expect.poll(() => term(page, 'bias')).toBe('−11.5');
  await page.getByLabel('convention').selectOption('before-scaling');
  await expect.poll(() => term(page, 'bias')).toBe('−2.875');
  await page.getByLabel('past keys (−1: all)').fill('3');
  await expect.poll(() => term(page, 'weight')).toBe('hidden');
  await page.getByLabel('past keys (−1: all)').fill('-1');
  await expect.poll(() => term(page, 'bias')).toBe('−2.875');
  await page.getByLabel('packed lengths').fill('8, 4');
  await page.keyboard.press('Enter');
  await expect.poll(() => term(page, 'weight')).toBe('hidden');
  await page.getByLabel('packed lengths').fill('8, 40');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.lab [role="alert"]').textContent()).toContain('at most 24 tokens');
  await page.getByLabel('packed lengths').fill('');
  await page.getByLabel('key length (0: all)').fill('5');
  await expect.poll(() => term(page, 'weight')).not.toBe('hidden');
  const map = page.locator('.lab [role="application"]');
  await map.focus();
  for (let step = 0; step < 5; step++) await map.press('ArrowRight');
  await expect.poll(() => term(page, 'weight')).toBe('hidden');
  await settings.fill('{"betta": 0.5}');
  await settings.press('Enter');
  await expect.poll(() => page.locator('.lab [role="alert"]').textContent()).toContain('betta');
  await close();
});

test('every family runs', async () => {
  const { page, close } = await site.visit('explore/lab.html');
  const families = await page
    .locator('.lab select')
    .first()
    .locator('option')
    .evaluateAll((all) => all.map((one) => one.getAttribute('value')));
  expect(families.length).toBeGreaterThan(8);
  for (const family of families) {
    await page.locator('.lab select').first().selectOption(family);
    await page.waitForTimeout(50);
    await settled(page);
    expect([family, await page.locator('.lab').getAttribute('data-state')]).toEqual([family, 'ready']);
  }
  await close();
});

test('every family accepts the example settings in its field', async () => {
  const { page, close } = await site.visit('explore/lab.html');
  for (const { name, example } of builtinFamilies.filter((family) => family.example !== undefined)) {
    await page.locator('.lab select').first().selectOption(name);
    const settings = page.getByLabel('or your own settings, JSON');
    await expect.poll(() => settings.getAttribute('placeholder')).toBe(exampleOf({ example }));
    await settings.fill(exampleOf({ example }));
    await settings.press('Enter');
    await page.waitForTimeout(50);
    await settled(page);
    expect([name, await page.locator('.lab').getAttribute('data-state')]).toEqual([name, 'ready']);
  }
  await close();
});

test('dropped files are used; a truncated and a nameless one are refused with the reason', async () => {
  const { page, close } = await site.visit('explore/lab.html');
  await settled(page);
  const stored = { elements: 'float32' as const, shape: [2, 5, 4], bytes: new Uint8Array(2 * 5 * 4 * 4) };
  const file = (name: string, bytes: Uint8Array) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) });
  const choose = (files: ReturnType<typeof file>[]): Promise<void> =>
    page.locator('.lab input[type="file"]').setInputFiles(files);
  const whole = encodeSafetensors({ q: stored, k: stored, v: stored });
  await choose([file('qkv.safetensors', whole)]);
  await expect.poll(() => page.locator('.lab .both').textContent()).toContain('query, key4, 0');
  expect(near(await term(page, 'bias'))).toBe(-4 * 2 ** -4);

  await choose([file('qkv.safetensors', whole.subarray(0, whole.length - 8))]);
  await expect
    .poll(() => page.locator('.lab [role="alert"]').textContent())
    .toContain('qkv.safetensors: got "v" at bytes 320 to 480 of 472');
  await choose([file('tensor.npy', encodeNpy('tensor', stored))]);
  await expect.poll(() => page.locator('.lab [role="alert"]').textContent()).toContain('does not say which of the three tensors');
  await close();
});

test('the caption of the map and the table show the same pair after every change', async () => {
  const { page, close } = await site.visit('explore/lab.html');
  await settled(page);
  const same = async (): Promise<boolean> => {
    const caption = (await page.textContent('.lab figcaption'))?.replaceAll(/\s+/g, ' ').trim();
    const cells = await page.locator('.lab table.pair td').allTextContents();
    const [query, key] = (cells[0] ?? '').split(', ');
    return caption === `query ${query}, key ${key}: ${await term(page, 'weight')}`;
  };
  await expect.poll(same).toBe(true);
  for (const tokens of ['7', '40', '0', '12']) {
    await page.getByLabel('tokens').fill(tokens);
    await page.waitForTimeout(50);
    await settled(page);
    await expect.poll(same).toBe(true);
  }
  const map = page.locator('.lab [role="application"]');
  await map.focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight']) await map.press(key);
  await expect.poll(same).toBe(true);
  // The window of Swin has tokens of its own, 49 of them.
  await page.locator('.lab select').first().selectOption('swin');
  await page.waitForTimeout(50);
  await settled(page);
  await expect.poll(same).toBe(true);
  await close();
});

test('a refusal leaves the last figure on the page, marked as such', async () => {
  const { page, close } = await site.visit('explore/lab.html');
  await settled(page);
  await page.getByLabel('packed lengths').fill('8, 40');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => page.locator('.lab [role="alert"]').textContent())
    .toContain('The figure still shows the last settings');
  expect(await page.locator('.lab .both.stale').count()).toBe(1);
  await close();
});

test('without JavaScript every explorer says that it needs it', async () => {
  for (const address of ['explore/lab', 'explore/compare', 'explore/buckets', 'prove/benchmark', 'families/t5']) {
    const context = await site.browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.origin}${address}`);
    expect([address, await page.locator('.island.waiting').first().textContent()]).toEqual([
      address,
      expect.stringContaining('JavaScript'),
    ]);
    await context.close();
  }
});
