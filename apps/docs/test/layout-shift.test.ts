// Nothing moves while a page loads: the layout shifts of a first visit, on a phone and on a desktop, over a network
// that is slow enough for fonts and islands to arrive after the first paint.
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

/** "Good" by Core Web Vitals. The sum of all shifts is at least as much as the score, which counts the worst five seconds. */
const MOST = 0.1;

/** One page of each kind. */
const PAGES: Readonly<Record<string, string>> = {
  front: '',
  article: 'what-a-position-bias-does',
  family: 'families/t5',
  guide: 'getting-started',
  formulas: 'conventions',
  explorer: 'explore/compare',
  buckets: 'explore/buckets',
  lab: 'explore/lab',
  prove: 'prove/here',
  benchmark: 'prove/benchmark',
  benchmarks: 'benchmarks',
  report: 'conformance',
  book: 'book',
  API: 'api/relbias/',
};
const SCREENS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;
/** Milliseconds to the server and back; fonts come last. */
const LATENCY = { font: 500, other: 100 };

interface Shift {
  readonly value: number;
  readonly moved: string;
}
/** What the page collects, from before its first paint. */
type Watched = typeof globalThis & { shifts: Shift[] };

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** Notes every shift and what moved in it. */
function watchShifts(): void {
  const shifts: Shift[] = [];
  (globalThis as Watched).shifts = shifts;
  interface LayoutShift extends PerformanceEntry {
    readonly value: number;
    readonly hadRecentInput: boolean;
    readonly sources: readonly { readonly node: Node | null }[];
  }
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries() as LayoutShift[]) {
      const names = sources.map(({ node }) =>
        node instanceof Element ? `${node.nodeName}.${node.className}` : node?.textContent,
      );
      if (!hadRecentInput) shifts.push({ value, moved: names.join(' | ') });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** Everything that moved during a first visit. */
async function shiftsOf(address: string, viewport: { width: number; height: number }): Promise<Shift[]> {
  const context = await site.browser.newContext({ viewport });
  await context.addInitScript(watchShifts);
  await context.route('**', async (route) => {
    await setTimeout(route.request().resourceType() === 'font' ? LATENCY.font : LATENCY.other);
    await route.continue();
  });
  const { page, close } = await site.visit(address, undefined, context);
  await page.evaluate(() => document.fonts.ready);
  // Measuring before the last frame would miss the last shift.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => globalThis.setTimeout(resolve, 300))));
  const shifts = await page.evaluate(() => (globalThis as Watched).shifts);
  await close();
  await context.close();
  return shifts;
}

const cases = Object.entries(PAGES).flatMap(([kind, address]) =>
  Object.entries(SCREENS).map(([screen, size]) => ({ kind, address, screen, size })),
);

test.concurrent.each(cases)('$kind on a $screen', async ({ address, size }) => {
  const shifts = await shiftsOf(address, size);
  const sum = shifts.reduce((total, { value }) => total + value, 0);
  // Names what moved.
  expect(sum > MOST ? shifts : []).toEqual([]);
});

test('a page whose text moves is detected', async () => {
  const context = await site.browser.newContext({ viewport: SCREENS.phone });
  await context.addInitScript(watchShifts);
  const { page, close } = await site.visit('getting-started', undefined, context);
  await page.evaluate(() => {
    const block = document.createElement('div');
    block.style.height = '400px';
    document.querySelector('h1')?.before(block);
  });
  await expect
    .poll(() => page.evaluate(() => (globalThis as Watched).shifts.reduce((total, { value }) => total + value, 0)))
    .toBeGreaterThan(MOST);
  await close();
  await context.close();
});
