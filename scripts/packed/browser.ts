// A browser and a static server for the packed pages: what a page answers, and everything it complained about.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright';
import sirv from 'sirv';
import { build } from 'vite';
import { launchOptions } from '../chromium.mjs';

const PATIENCE_MS = 60_000;

/** What a page left in `globalThis.answer`, and its errors: console, exceptions, requests that failed. */
interface Visit<Answer> {
  readonly answer: Answer | undefined;
  readonly errors: readonly string[];
}

export interface PackedBrowser {
  /** Serves a folder and opens a page of it. */
  visit<Answer>(folder: string, page: string): Promise<Visit<Answer>>;
  close(): Promise<void>;
}

/** Chromium on SwiftShader. */
export async function openBrowser(): Promise<PackedBrowser> {
  const browser = await chromium.launch(launchOptions('swiftshader'));
  return { visit: (folder, page) => visit(folder, page), close: () => browser.close() };

  async function visit<Answer>(folder: string, name: string): Promise<Visit<Answer>> {
    const server = createServer(sirv(folder, { dev: true }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const page = await browser.newPage();
    try {
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(`console: ${message.text()}`));
      page.on('pageerror', (error) => errors.push(`exception: ${error.message}`));
      page.on('requestfailed', (request) => errors.push(`request failed: ${request.url()}`));
      page.on('response', (response) => response.status() >= 400 && errors.push(`${response.status()}: ${response.url()}`));
      const failed = new Promise<void>((resolve) => page.once('pageerror', () => resolve()));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
      // A module may be at work long after the page has loaded.
      await Promise.race([failed, page.waitForFunction(() => 'answer' in globalThis, undefined, { timeout: PATIENCE_MS })]);
      const answer = await page
        .evaluate(() => (globalThis as { answer?: Answer }).answer)
        .catch((error: unknown) => {
          errors.push(`answer: ${String(error)}`);
          return undefined;
        });
      return { answer, errors };
    } finally {
      await page.close();
      server.close();
    }
  }
}

/** The HTML of a page with one module script. */
export function html(script: string, head = ''): string {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${head}<script type="module" src="${script}"></script>`;
}

/** Bundles and minifies the folder's index.html with Vite, as its users do; returns Vite's warnings. */
export async function bundle(folder: string, outDir: string): Promise<string[]> {
  const warnings: string[] = [];
  const note = (message: string): void => void warnings.push(message);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, minify: true, chunkSizeWarningLimit: Infinity },
    customLogger: {
      info() {},
      warn: note,
      warnOnce: note,
      error: note,
      clearScreen() {},
      hasErrorLogged: () => false,
      hasWarned: false,
    },
  });
  return warnings;
}
