// Search without a server: common queries find the page that answers them as the first result, in the search box itself.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Site, Visit } from './site.ts';
import { base, dist, openSite } from './site.ts';

/** The query, and the beginning of the address of the first result. */
const SEARCHES: readonly (readonly [string, string])[] = [
  ['which bias', 'what-a-position-bias-does.html#which-bias-should-i-use'],
  ['which bias should I use', 'what-a-position-bias-does.html#which-bias-should-i-use'],
  ['what is relative position bias', 'what-a-position-bias-does.html'],
  ['extrapolation', 'what-a-position-bias-does.html#extrapolation'],
  ['CUDA', 'about/not-here.html#cuda'],
  ['rotary', 'about/not-here.html#rotary'],
  ['RoPE', 'about/not-here.html#rotary'],
  ['NoPE', 'about/not-here.html#nope'],
  ['FlexAttention', 'about/not-here.html#flexattention'],
  ['PyTorch', 'about/not-here.html#flexattention'],
  ['GQA', 'about/not-here.html#grouped-query'],
  ['onnx', 'about/not-here.html#onnx'],
  ['gradients', 'about/not-here.html#gradients'],
  ['WebGPU', 'about/not-here.html#webgpu'],
  ['quantization', 'about/not-here.html#quantization'],
  ['t5Bucket', 'api/@relbias/bias-spec.html#t5bucket'],
  ['alibiSlopes', 'api/@relbias/bias-spec.html#alibislopes'],
  ['createBackend', 'api/relbias.html#createbackend'],
  ['changelog', 'about/changelog.html'],
  ['cite', 'about/cite.html'],
  ['citation', 'about/cite.html'],
  ['license', 'about/cite.html'],
  ['ALiBi slopes 12 heads', 'families/alibi.html#slopes'],
  ['slopes of 12 heads', 'families/alibi.html#slopes'],
  ['Swin', 'families/swin.html'],
  ['FIRE', 'families/fire.html'],
  ['kerple', 'families/kerple-'],
  ['softcap', 'conventions.html'],
  ['mask', 'conventions.html#masks'],
  ['log-sum-exp', 'conventions.html#log-sum-exp'],
  ['KV cache', 'decoding.html'],
  ['decoding', 'decoding.html'],
  ['reproducible', 'numerics.html'],
  ['install', 'getting-started.html'],
  ['threads', 'threads.html'],
  ['benchmark', 'benchmarks.html'],
  ['small benchmark', 'prove/benchmark.html'],
  ['MPT', 'porting.html#mpt'],
  ['BLOOM', 'porting.html#bloom'],
  ['custom bias', 'adding-a-family.html'],
  ['golden vectors', 'prove/check-your-own.html'],
  ['numpy', 'prove/check-your-own.html'],
  ['T5X buckets', 'prove/implementations.html#t5'],
  ['Mesh TensorFlow', 'prove/implementations.html'],
  ['performance', 'performance.html'],
  ['n_b', 'book.html#how-many-parameters'],
  // One letter wrong.
  ['rotery', 'about/not-here.html#rotary'],
];

let site: Site;
let visit: Visit;
beforeAll(async () => {
  site = await openSite();
  visit = await site.visit('');
  await visit.page.keyboard.press('Control+k');
});
afterAll(() => site?.close());

test.each(SEARCHES)('%s', async (words, address) => {
  const { page, errors } = visit;
  await page.locator('.VPLocalSearchBox input').fill(words);
  const first = page.locator('.VPLocalSearchBox .result').first();
  // The results of the search before may still be shown.
  await expect
    .poll(() => first.getAttribute('href'), { timeout: 10_000 })
    .toMatch(new RegExp(`^${base}${address.replaceAll('.', '\\.')}`));
  expect(errors).toEqual([]);
});

test('unknown words find nothing', async () => {
  const { page } = visit;
  await page.locator('.VPLocalSearchBox input').fill('xyzzyplugh');
  await expect.poll(() => page.locator('.VPLocalSearchBox .no-results').count()).toBe(1);
});

test('every result links to a heading of a page', async () => {
  const chunks = path.join(dist, 'assets/chunks');
  const file = readdirSync(chunks).find((name) => name.startsWith('@localSearchIndexroot')) ?? '';
  const { default: json } = (await import(path.join(chunks, file))) as { default: string };
  const { documentIds } = JSON.parse(json) as { documentIds: Record<string, string> };
  const ids = Object.values(documentIds);
  const html = new Map<string, string>();
  const read = (name: string): string =>
    html.get(name) ?? (html.set(name, readFileSync(path.join(dist, name), 'utf8')), read(name));
  const dead = ids.filter((id) => {
    const [address, anchor = ''] = id.slice(base.length).split('#');
    const name = address === '' || address.endsWith('/') ? `${address}index.html` : address;
    return anchor !== '' && !read(name).includes(`id="${anchor}"`);
  });
  expect(ids.length).toBeGreaterThan(300);
  expect(dead).toEqual([]);
});
