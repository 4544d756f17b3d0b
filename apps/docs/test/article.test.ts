// The article and its figure: every number shown equals the packages', for any settings, and the page is complete without scripts.
import { alibi, fire, kerpleLog, kerplePower, none, perOffset, sandwich, scalesOf, t5 } from '@relbias/bias-spec';
import type { Bias } from '@relbias/bias-spec';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { figureFamilies } from '../components/article/families.ts';
import { show } from '../components/plot/format.ts';
import type { Site } from './site.ts';
import { compressedSize, openSite } from './site.ts';

const ADDRESS = 'what-a-position-bias-does';
const WORDS = 'the dog chased the cat until the cat turned and chased the dog'.split(' ');

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

type Row = readonly [word: string, distance: string, score: string, bias: string, weight: string];

/** The rows that the figure must show, computed here from the bias alone. */
function wanted(words: readonly string[], query: number, bias: Bias, head: number, sameWord: number): Row[] {
  const seen = words.slice(0, query + 1).map((word, key) => {
    const distance = query - key;
    return { word, distance, score: word === words[query] ? sameWord : 0, bias: bias.value(head, distance, query) };
  });
  const most = Math.max(...seen.map(({ score, bias: value }) => score + value));
  const exponentials = seen.map(({ score, bias: value }) => Math.exp(score + value - most));
  const sum = exponentials.reduce((total, one) => total + one, 0);
  return seen.map((one, key) => [one.word, String(one.distance), show(one.score), show(one.bias), show(exponentials[key] / sum)]);
}

/** The smallest distance within which a share of these weights lies; `weights` by distance. */
function within(weights: readonly number[], share: number): number {
  return weights.findIndex((_, distance) => weights.slice(0, distance + 1).reduce((sum, one) => sum + one, 0) >= share - 1e-12);
}

function softmax(logits: readonly number[]): number[] {
  const most = logits.reduce((max, one) => Math.max(max, one), -Infinity);
  const exponentials = logits.map((one) => Math.exp(one - most));
  const sum = exponentials.reduce((total, one) => total + one, 0);
  return exponentials.map((one) => one / sum);
}

async function shownRows(page: Page): Promise<string[][]> {
  const rows = await page.locator('.bias-figure tbody tr').all();
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
}

async function shownReach(page: Page): Promise<string[]> {
  return page.locator('[data-reach] b').allTextContents();
}

describe('the figure', () => {
  const settings: [query: string, bias: Bias, head: number][] = [
    ['', alibi({ heads: 1, slopes: [1 / 4] }), 0],
    ['family=alibi&step=0', alibi({ heads: 1, slopes: [1] }), 0],
    ['family=t5', t5({ heads: 1, numBuckets: 8, maxDistance: 16, bidirectional: false, table: table(8) }), 0],
    ['family=per-offset&step=2', perOffset({ heads: 1, maxDistance: 3, causal: true, table: table(4) }), 0],
    ['family=kerple-log&step=12', kerpleLog({ heads: 1, r1: [1], r2: [1] }), 0],
    ['family=kerple-power&step=4', kerplePower({ heads: 1, r1: [0.25], r2: [0.5] }), 0],
    ['family=fire&step=3', fire({ heads: 1, w1: [1], b1: [0], w2: [-6], b2: [0], threshold: 8 }), 0],
    ['family=sandwich&step=1', sandwich({ heads: 8 }), 1],
    ['family=none', none(), 0],
  ];

  function table(count: number): number[] {
    return Array.from({ length: count }, (_, index) => (index === 1 ? 1 : -index / 4));
  }

  test('has every family that is tested here', () => {
    const tested = new Set(settings.map(([, bias]) => bias.family));
    expect([...tested].toSorted()).toEqual(figureFamilies.map(({ name }) => name).toSorted());
  });

  test.each(settings)('%s: bias, weights and reach', async (query, bias, head) => {
    const { page, errors, close } = await site.visit(`${ADDRESS}?${query}`);
    await expect.poll(() => shownRows(page)).toEqual(wanted(WORDS, 12, bias, head, 0));
    const row = softmax(Array.from({ length: 13 }, (_, distance) => bias.value(head, distance, 12)));
    const far = softmax(Array.from({ length: 2048 }, (_, distance) => bias.value(head, distance, 2047)));
    expect(await shownReach(page)).toEqual([
      'dog',
      ...[row, far].flatMap((one) => [0.5, 0.9].map((share) => String(within(one, share)))),
    ]);
    expect(errors).toEqual([]);
    await close();
  });

  test('a word is chosen by click and by arrow key, and equal words attract', async () => {
    const bias = alibi({ heads: 1, slopes: [1 / 4] });
    const { page, errors, close } = await site.visit(ADDRESS);
    await page.locator('.bias-figure label.token').nth(7).click();
    await expect.poll(() => shownRows(page)).toEqual(wanted(WORDS, 7, bias, 0, 0));
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.getByLabel('equal words attract').check();
    await expect.poll(() => shownRows(page)).toEqual(wanted(WORDS, 4, bias, 0, 3));
    expect(new URL(page.url()).search).toBe('?query=4&same=true');
    expect(errors).toEqual([]);
    await close();
  });

  test('the slider works by keyboard, and another family begins at its own default', async () => {
    const { page, close } = await site.visit(ADDRESS);
    const slider = page.getByRole('slider', { name: 'slope' });
    await slider.focus();
    await slider.press('Home');
    await expect.poll(() => shownRows(page)).toEqual(wanted(WORDS, 12, alibi({ heads: 1, slopes: [1] }), 0, 0));
    await page.getByLabel('family').selectOption('kerple-log');
    await expect.poll(() => shownRows(page)).toEqual(wanted(WORDS, 12, kerpleLog({ heads: 1, r1: [1], r2: [1] }), 0, 0));
    await close();
  });

  test('every step of every slider gives finite numbers', async () => {
    const { page, errors, close } = await site.visit(ADDRESS);
    for (const { name, slider } of figureFamilies) {
      await page.getByLabel('family').selectOption(name);
      for (const key of slider === undefined ? [] : ['Home', 'End']) {
        await page.getByRole('slider').press(key);
        const cells = (await shownRows(page)).flatMap((row) => row.slice(1));
        expect(cells.filter((cell) => !Number.isFinite(Number(cell.replaceAll('−', '-'))))).toEqual([]);
      }
    }
    expect(errors).toEqual([]);
    await close();
  });

  test('a custom sentence: too long, empty, one word', async () => {
    const bias = alibi({ heads: 1, slopes: [1 / 4] });
    const { page, errors, close } = await site.visit(ADDRESS);
    const field = page.getByLabel('sentence');
    await field.fill(Array.from({ length: 30 }, (_, index) => `w${index}`).join('  '));
    await page.getByText('The figure shows the first 24 of 30 words.').waitFor();
    const many = Array.from({ length: 24 }, (_, index) => `w${index}`);
    expect(await shownRows(page)).toEqual(wanted(many, 23, bias, 0, 0));
    await field.fill(' ');
    await page.getByText('The sentence is empty').waitFor();
    expect(await shownRows(page)).toEqual(wanted(many, 23, bias, 0, 0));
    await field.fill('one');
    await expect.poll(() => shownRows(page)).toEqual([['one', '0', '0', '0', '1']]);
    expect(errors).toEqual([]);
    await close();
  });

  test.each([
    ['family=rope', 'Got rope, wanted one of alibi'],
    ['family=alibi&step=40', 'The slider of ALiBi has no step 40'],
    ['query=20', 'There is no word 20'],
  ])('a URL that requests something missing gets a message: %s', async (query, problem) => {
    const { page, close } = await site.visit(`${ADDRESS}?${query}`);
    await page.getByText(problem).waitFor();
    expect(await shownRows(page)).toEqual(wanted(WORDS, 12, alibi({ heads: 1, slopes: [1 / 4] }), 0, 0));
    await close();
  });

  test('without scripts it shows its first state, and the page its text', async () => {
    const { page: visited, close } = await site.visit(ADDRESS);
    const address = visited.url();
    await close();
    for (const page of [address, address.replace(ADDRESS, '')]) {
      const context = await site.browser.newContext({ javaScriptEnabled: false });
      const plain = await context.newPage();
      await plain.goto(page);
      expect(await shownRows(plain)).toEqual(wanted(WORDS, 12, alibi({ heads: 1, slopes: [1 / 4] }), 0, 0));
      // Playwright counts everything in a noscript as hidden.
      expect(await plain.locator('noscript p').boundingBox()).not.toBeNull();
      expect(await plain.getByText('Loading').count()).toBe(0);
      await context.close();
    }
  });
});

test.each(['explore/lab', 'prove/here'])('without scripts %s says what it needs', async (address) => {
  const { page: visited, close } = await site.visit(address);
  const context = await site.browser.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(visited.url());
  const text = await plain.locator('.island.waiting').first().innerText();
  expect(text).toMatch(/JavaScript|scripts/);
  expect(text).not.toContain('Loading');
  await context.close();
  await close();
});

test.each([ADDRESS, ''])('the first load of /%s is small, and holds no code of kernels', async (address) => {
  const { page, responses, close } = await site.visit(address);
  await page.waitForLoadState('networkidle');
  const bodies = await Promise.all(responses.map((response) => response.body()));
  expect(await compressedSize(responses)).toBeLessThan(300_000);
  expect(bodies.some((body) => body.includes('WebAssembly.'))).toBe(false);
  await close();
});

describe('the sections', () => {
  test('conventions: one ALiBi head with headDim 64', async () => {
    const { page, close } = await site.visit(ADDRESS);
    const notes = await page.locator('.small-chart .note').allTextContents();
    const bias = alibi({ heads: 1, slopes: [1 / 4] });
    const lines = (['after-scaling', 'before-scaling', 'scaled-bias'] as const).map((convention) => {
      const { biasScale } = scalesOf(convention, 64);
      const weights = softmax(Array.from({ length: 2048 }, (_, distance) => biasScale * bias.value(0, distance, 2047)));
      const [half, most] = [0.5, 0.9].map((share) => within(weights, share));
      return `biasScale ${show(biasScale)}: half of the weight within ${half}, 90 % within ${most}.`;
    });
    expect(notes.slice(0, 3)).toEqual(lines);
    await close();
  });

  test('extrapolation: the reach of five biases at four lengths', async () => {
    const { page, close } = await site.visit(ADDRESS);
    const curve = (distance: number): number => -Math.log1p(distance);
    const causal = { heads: 1, bidirectional: false } as const;
    // Where each of the causal buckets 16 to 31 begins, as T5's paper and code have it; those below hold one distance each.
    const starts = [16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113];
    const biases = [
      alibi({ heads: 1, slopes: [1 / 16] }),
      kerpleLog({ heads: 1, r1: [1], r2: [1] }),
      t5({ ...causal, table: [...Array.from({ length: 16 }, (_, distance) => distance), ...starts].map(curve) }),
      perOffset({
        heads: 1,
        maxDistance: 511,
        causal: true,
        table: Array.from({ length: 512 }, (_, distance) => curve(distance)),
      }),
      fire({ heads: 1, w1: [1], b1: [0], w2: [-Math.log(513)], b2: [0], c: 1, threshold: 512 }),
    ];
    const rows = await page.locator('[data-lengths] tr').all();
    const cells = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
    const reaches = biases.map((bias) =>
      [128, 512, 2048, 8192].map((keys) => {
        const weights = softmax(Array.from({ length: keys }, (_, distance) => bias.value(0, distance, keys - 1)));
        let sum = 0;
        return String(weights.findIndex((weight) => (sum += weight) >= 0.9 - 1e-12));
      }),
    );
    expect(cells).toEqual(reaches);
    await close();
  });

  test('every family has a picture that says what it shows', async () => {
    const { page, close } = await site.visit('');
    const kinds = await page.locator('.gallery .kind').allTextContents();
    expect(new Set(kinds)).toEqual(
      new Set(['control', 'fixed rule', 'learned; 90 % of random starts', 'learned; one random start, by rows and columns']),
    );
    const swin = page.locator('.gallery li').filter({ hasText: 'Swin' });
    expect(await swin.locator('rect').count()).toBe(13 * 13);
    await close();
  });
});
