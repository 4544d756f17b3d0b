// Every field of every explorer, filled with valid and invalid values: nothing fails, refused values are reported with what
// was got and what is wanted, and the figures stay.
import { seeded } from '@relbias/conformance';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

interface Field {
  readonly name: string;
  readonly kind: 'number' | 'text' | 'checkbox' | 'select';
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly options: readonly string[];
}

/** Fields whose values start something slow, which other tests cover. */
const LEFT_OUT = ['backend'];
const EXPLORERS = ['explore/buckets', 'explore/compare', 'explore/lab', 'prove/benchmark', 'what-a-position-bias-does'];
/** One family of each kind: heuristic, with a golden case, a window, a bias that reads the query's position, a network. */
const PAGES = [...EXPLORERS, ...['alibi', 't5', 'swin', 'fire', 'dynamic-position'].map((name) => `families/${name}`)];
/** Whatever the range. */
const NUMBERS = ['', '0', '1', '-1', '0.5', '2.75', '007', '1e3', '1e21', '-1e308', '1e-300'];
const TEXTS = ['', ' ', '0', '-1', '8, 16', '1,,2', '{}', '[]', '{"beta": 1e999}', '{"table": 5}', '<b>', 'é'.repeat(300)];

async function fieldsOf(page: Page): Promise<Field[]> {
  const found = await page.locator('[data-setting]').evaluateAll((all) =>
    all.map((one) => {
      const field = one as HTMLInputElement;
      const kind = field.tagName === 'SELECT' ? 'select' : field.type;
      const options = [...field.querySelectorAll('option')].map(({ value }) => value);
      const [min, max] = [Number(field.min), Number(field.max)];
      return { name: field.dataset['setting'] ?? '', kind, min, max, whole: field.step === '1', options };
    }),
  );
  return (found as Field[]).filter(({ name }) => !LEFT_OUT.includes(name));
}

function candidates({ kind, min, max, options }: Field): string[] {
  if (kind === 'checkbox') return ['true', 'false'];
  if (kind === 'select') return [...options];
  if (kind === 'text') return TEXTS;
  return [...new Set([min, min - 1, max, max + 1, Math.floor((min + max) / 2)].map(String).concat(NUMBERS))];
}

/** Whether a number field accepts a text, by its own range. */
function accepts({ min, max, whole }: Field, text: string): boolean {
  const value = text === '' ? Number.NaN : Number(text);
  return value >= min && value <= max && (!whole || Number.isInteger(value));
}

async function enter(page: Page, { name, kind }: Field, text: string): Promise<void> {
  const field = page.locator(`[data-setting="${name}"]`);
  // Another field may have removed or hidden it.
  if ((await field.count()) === 0 || !(await field.isEnabled())) return;
  if (kind === 'checkbox') await field.setChecked(text === 'true');
  else if (kind === 'select') {
    if ((await field.locator('option').evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value))).includes(text))
      await field.selectOption(text);
  } else {
    await field.fill(text);
    await field.dispatchEvent('change');
  }
}

/** Nothing failed, refused values are reported with what was got and wanted, and there are as many figures as before. */
async function expectAlive(page: Page, errors: readonly string[], figures: number, what: string): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.waitForSelector('.lab[data-state="busy"]', { state: 'detached' });
  const found = await page.evaluate(() => {
    const texts = (selector: string): string[] => [...document.querySelectorAll(selector)].map((one) => one.textContent);
    return {
      failed: texts('.island.problem'),
      alerts: texts('[role="alert"]'),
      shown: document.querySelectorAll('figure, [data-grid]').length,
      numbers: texts('.panel figure, .panel table, .panel .readout'),
    };
  });
  const state = {
    failed: found.failed,
    unclear: found.alerts.filter((text) => !/\bgot\b/i.test(text) || !/\bwanted\b/.test(text)),
    errors: [...errors],
    kept: found.shown >= figures,
    broken: found.numbers.filter((text) => /NaN|undefined|Infinity/.test(text)),
  };
  expect([what, state]).toEqual([what, { failed: [], unclear: [], errors: [], kept: true, broken: [] }]);
}

describe('every field', { concurrent: true }, () => {
  test.each(PAGES)('%s survives each value', { timeout: 240_000 }, async (address) => {
    const { page, errors, close } = await site.visit(address);
    await expectAlive(page, errors, 0, 'at first');
    const figures = await page.locator('figure, [data-grid]').count();
    const fields = await fieldsOf(page);
    expect(fields.length).toBeGreaterThan(0);
    for (const field of fields) {
      const first = await page
        .locator(`[data-setting="${field.name}"]`)
        .inputValue()
        .catch(() => '');
      for (const text of candidates(field)) {
        await enter(page, field, text);
        const what = `${field.name} = ${text}`;
        await expectAlive(page, errors, figures, what);
        if (field.kind !== 'number') continue;
        const told = await page.locator(`[data-setting="${field.name}"]`).getAttribute('aria-invalid');
        expect([what, told]).toEqual([what, String(!accepts(field, text))]);
      }
      await enter(page, field, field.kind === 'checkbox' ? 'true' : first);
    }
    await close();
  });

  test.each(['explore/buckets', 'explore/compare', 'explore/lab', 'families/t5', 'families/swin', 'families/fire'])(
    '%s survives combinations of values',
    { timeout: 240_000 },
    async (address) => {
      const { page, errors, close } = await site.visit(address);
      const random = seeded(`fields/${address}`);
      const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)];
      for (let step = 0; step < 40; step++) {
        const field = pick(await fieldsOf(page));
        const accepted = candidates(field).filter((text) => field.kind !== 'number' || accepts(field, text));
        const text = pick(accepted);
        await enter(page, field, text);
        await expectAlive(page, errors, 0, `${step}: ${field.name} = ${text}`);
      }
      await close();
    },
  );

  test.each(PAGES)(
    '%s survives a URL with invalid values, and reports the refused ones',
    { timeout: 120_000 },
    async (address) => {
      const first = await site.visit(address);
      const fields = await fieldsOf(first.page);
      await first.close();
      const query = new URLSearchParams(fields.map(({ name }) => [name, '1e9999999']));
      const { page, errors, close } = await site.visit(`${address}?${query}`);
      await expectAlive(page, errors, 0, String(query));
      const refused = await page.getByRole('alert').allTextContents();
      expect(refused.length).toBeGreaterThan(0);
      for (const text of refused) expect(text).toContain('1e9999999');
      await close();
    },
  );
});
