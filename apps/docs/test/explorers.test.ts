// The explorers and the book's questions: the values on the screen are those of the spec and of the book.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { alibi, builtinFamilies, firstDistances, planAttention, scalesOf, t5Bucket } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';
import { parseVectors } from '@relbias/conformance';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BookAnswer } from '../components/book/answer.ts';
import { reach } from '../components/compare/effective.ts';
import { reachRows } from '../components/compare/reach-rows.ts';
import { initialBias } from '../components/family/family-bias.ts';
import { show, showSpread } from '../components/plot/format.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** The book's own pictures, as its pages print them. */
const vectors = readFileSync(path.join(import.meta.dirname, '../../../packages/conformance/vectors/book-examples.json'), 'utf8');
const book = parseVectors(vectors, 'book-examples.json').cases;
type Grid = (number | null)[][];

function gridOf(id: string): Grid {
  const found = book.find((one) => one.id === id);
  if (found === undefined) throw new Error(`No vector ${id}`);
  return (found.expected as { grid: Grid }).grid;
}

async function shownGrid(page: Page, name: string): Promise<Grid> {
  const rows = await page.locator(`[data-grid="${name}"] tbody tr`).all();
  const texts = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
  return texts.map((row) => row.map((cell) => (cell.trim() === '·' ? null : Number(cell.trim().replace('−', '-')))));
}

/** The cells of a row of the reach table but the last one. */
async function cellsOf(page: Page, row: number): Promise<string[]> {
  const cells = await page.locator('[data-reach] tbody tr').nth(row).locator('td').allTextContents();
  return cells.slice(0, -1).map((cell) => cell.trim());
}

describe('buckets', () => {
  test("one click reproduces the book's n_b = 3, dist_max = 5, next to the 7 x 7 ALiBi triangle", async () => {
    const { page, errors, close } = await site.visit('explore/buckets');
    await page.getByRole('button', { name: 'n_b = 3, dist_max = 5' }).click();
    await expect.poll(() => shownGrid(page, 'buckets')).toEqual(gridOf('book/t5-nb3-distmax5'));
    expect(await shownGrid(page, 'alibi')).toEqual(gridOf('book/alibi/grid7'));
    await page.getByLabel('beta').fill('0.1');
    await expect.poll(() => shownGrid(page, 'alibi')).toEqual(gridOf('book/alibi/grid7-beta0.1'));
    expect(errors).toEqual([]);
    await close();
  });

  test('every bucket of the settings, unused rows, and float32 where it differs', async () => {
    const options = { numBuckets: 38, maxDistance: 25, bidirectional: true };
    const { page, close } = await site.visit('explore/buckets?numBuckets=38&maxDistance=25&distance=-14');
    await page.getByText('All 38 buckets').click();
    const cells = page.getByRole('region', { name: 'All buckets' }).locator('tbody tr td:nth-of-type(1)');
    await expect
      .poll(async () =>
        (await cells.allTextContents()).map((text) => (text.startsWith('nothing') ? null : Number.parseInt(text, 10))),
      )
      .toEqual(firstDistances(options));
    expect(await page.locator('[data-asked]').textContent()).toContain(`bucket ${t5Bucket(options)(-14)}`);
    const [exact, float32] = (['exact', 'float32'] as const).map((rounding) => t5Bucket({ ...options, rounding }));
    const moved = Array.from({ length: 4097 }, (_, n) => n).filter((n) => exact?.(n) !== float32?.(n));
    expect(moved.length).toBeGreaterThan(0);
    for (const n of moved) expect(await page.locator('[data-rounding]').textContent()).toContain(`${n} into ${float32?.(n)}`);
    await close();
  });

  test('an even n_b is refused in the words of the library, and copying gives JSON', async () => {
    const { page, close } = await site.visit('explore/buckets?terms=book&nb=4', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    expect(await page.getByRole('alert').textContent()).toContain('wanted an odd number');
    await page.getByLabel('n_b (odd)').fill('31');
    await page.getByRole('button', { name: 'Copy as JSON' }).click();
    await page.getByText('Copied').waitFor();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as { bucketOfDistance: number[] };
    const bucket = t5Bucket({ numBuckets: 32, maxDistance: 128, bidirectional: false });
    expect(copied.bucketOfDistance).toEqual(copied.bucketOfDistance.map((_, n) => bucket(n)));
    await close();
  });
});

describe('compare', () => {
  test.each(['after-scaling', 'before-scaling'] as const)('effective keys and curves, %s', async (convention) => {
    const query = `families=alibi,kerple-log&convention=${convention}&head=2&noise=0.5&headDim=16`;
    const { page, errors, close } = await site.visit(`explore/compare?${query}`);
    const { biasScale } = scalesOf(convention, 16);
    const rows = await page.locator('[data-reach] tbody tr').all();
    expect(rows.length).toBe(2);
    for (const [at, name] of ['alibi', 'kerple-log'].entries()) {
      const order = { family: name, heads: 8, head: 2, biasScale, deviation: 0.5, seed: 1 };
      const wanted = [...reachRows(order)].at(-1)?.effectiveKeys.map(showSpread) ?? [];
      expect(wanted.length).toBe(10);
      expect(wanted[0]).toMatch(/^[\d.]+ \([\d.]+ to [\d.]+\)$/);
      await expect.poll(() => cellsOf(page, at)).toEqual([show(biasScale), '9 seeds', ...wanted]);
    }
    const slider = page.getByRole('slider', { name: 'distance to read out' });
    await slider.focus();
    await slider.press('End');
    const end = show(biasScale * alibi({ heads: 8 }).value(2, 1024, 1024));
    await expect.poll(() => page.locator('figure.chart figcaption').first().textContent()).toContain(`ALiBi ${end}`);
    expect(errors).toEqual([]);
    await close();
  });

  test('with equal scores the numbers are exact, and those of the oracle', async () => {
    const { page, errors, close } = await site.visit('explore/compare?families=alibi,sandwich&head=2');
    expect(await page.locator('[data-randomness]').textContent()).toContain('Nothing here is random');
    for (const [at, name] of ['alibi', 'sandwich'].entries()) {
      const bias = initialBias(name, 8, 1);
      const keys = [128, 256, 512].map((tokens) => {
        const plan = planAttention({ heads: 8, queries: 1, keys: tokens, headDim: 64, bias });
        const { weights } = attentionRow(plan, 0, 2, 0, new Float64Array(8 * 64), new Float64Array(8 * tokens * 64));
        return show(Math.exp(-weights.reduce((sum, weight) => sum + (weight > 0 ? weight * Math.log(weight) : 0), 0)));
      });
      await expect.poll(async () => (await cellsOf(page, at)).slice(1, 5)).toEqual(['exact', ...keys]);
    }
    expect(errors).toEqual([]);
    await close();
  });

  test('a learned family is random even then, and says so', async () => {
    const { page, close } = await site.visit('explore/compare?families=t5');
    await expect.poll(async () => (await cellsOf(page, 0))[1]).toBe('9 seeds');
    expect((await cellsOf(page, 0))[2]).toMatch(/^[\d.]+ \([\d.]+ to [\d.]+\)$/);
    expect(await page.locator('[data-randomness]').textContent()).toContain('random initialisation');
    await close();
  });

  test('without bias and noise every key counts equally', () => {
    expect(reach(new Float64Array(4096), 4096, 1).effectiveKeys).toBeCloseTo(4096, 6);
  });

  test.each([
    [{ median: 41.3, low: 38.2, high: 47.1 }, '41 (38 to 47)'],
    [{ median: 1234.5, low: 1226, high: 1258 }, '1230 (1230 to 1260)'],
    [{ median: 0.01234, low: 0.0121, high: 0.0126 }, '0.0123 (0.0121 to 0.0126)'],
    [{ median: 2034, low: 23.4, high: 4001 }, '2000 (23 to 4000)'],
    [{ median: 4095.87, low: 4095.79, high: 4095.92 }, '4095.87 (4095.79 to 4095.92)'],
    [{ median: -0.012, low: -0.096, high: 0.085 }, '−0.01 (−0.1 to 0.09)'],
    [{ median: -2e-5, low: -0.0004, high: 0.0003 }, '0 (−4e−4 to 3e−4)'],
    [{ median: 0, low: -0.02, high: 0.03 }, '0 (−0.02 to 0.03)'],
    [{ median: 25.8512, low: 25.8512, high: 25.8512 }, '25.85'],
  ])('the digits of %j are those that the spread supports: %s', (spread, text) => {
    expect(showSpread(spread)).toBe(text);
  });

  test('a family is ticked by keyboard, and the URL records it', async () => {
    const { page, close } = await site.visit('explore/compare?families=alibi');
    await page.getByLabel('Sandwich').focus();
    await page.keyboard.press('Space');
    await expect.poll(() => new URL(page.url()).searchParams.get('families')).toBe('alibi,sandwich');
    expect(await page.locator('[data-reach] tbody tr').count()).toBe(2);
    expect(builtinFamilies.some(({ name }) => name === 'sandwich')).toBe(true);
    await close();
  });
});

test("the book's questions: each answer on the page is what its code gives in Node", async () => {
  const { page, errors, close } = await site.visit('book');
  const folder = path.join(import.meta.dirname, '../examples/book');
  const names = readdirSync(folder).map((file) => path.basename(file, '.ts'));
  expect(names.length).toBe(14);
  for (const name of names) {
    const wanted = (await import(`../examples/book/${name}.ts`)) as BookAnswer;
    const answer = page.locator(`[data-answer="book/${name}"]`);
    await expect.poll(() => answer.locator('.says').textContent()).toBe(wanted.says);
    const cells = await answer.locator('tbody td').allTextContents();
    const grid = wanted.grid?.flat().map((cell) => (cell === null ? '·' : show(cell))) ?? [];
    const table = wanted.table?.rows.flat().map((cell) => (typeof cell === 'number' ? show(cell) : cell)) ?? [];
    expect(cells.map((cell) => cell.trim())).toEqual([...grid, ...table]);
  }
  expect(errors).toEqual([]);
  await close();
});
