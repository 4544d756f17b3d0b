// A browser and a static server for the packed pages: opens a page and returns its answer, its log and its errors.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright';
import { chromium } from 'playwright';
import sirv from 'sirv';
import { launchOptions } from '../chromium.mjs';

const PATIENCE_MS = 30_000;

/** `globalThis.answer` of a page, what it logged, and its errors: console, exceptions, failed requests. */
interface Visit<Answer> {
  readonly answer: Answer | undefined;
  readonly logged: readonly string[];
  readonly errors: readonly string[];
}

/** The versions of Vite that pages are bundled by: packages of the workspace. */
export const VITES = ['vite-5', 'vite'] as const;

export interface PackedBrowser {
  /** Serves a folder, opens a page of it, and waits for its answer, or for the first thing that it logs. */
  visit<Answer>(folder: string, page: string, until?: 'answer' | 'log'): Promise<Visit<Answer>>;
  close(): Promise<void>;
}

/** Chromium on SwiftShader. */
export async function openBrowser(): Promise<PackedBrowser> {
  const browser = await chromium.launch(launchOptions('swiftshader'));
  return { visit, close: () => browser.close() };

  async function visit<Answer>(folder: string, name: string, until: 'answer' | 'log' = 'answer'): Promise<Visit<Answer>> {
    const files = sirv(folder, { dev: true });
    // Browsers ask for an icon that printed pages do not name.
    const server = createServer((request, response) =>
      request.url === '/favicon.ico' ? response.writeHead(204).end() : files(request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const page = await browser.newPage();
    try {
      const errors: string[] = [];
      const logged: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(`console: ${message.text()}`));
      page.on('console', (message) => message.type() === 'log' && logged.push(message.text()));
      page.on('pageerror', (error) => errors.push(`exception: ${error.message}`));
      page.on('requestfailed', (request) => errors.push(`request failed: ${request.url()}`));
      page.on('response', (response) => response.status() >= 400 && errors.push(`${response.status()}: ${response.url()}`));
      const failed = new Promise<void>((resolve) => page.once('pageerror', () => resolve()));
      const firstLog = new Promise<void>((resolve) => {
        page.on('console', (message) => message.type() === 'log' && resolve());
        setTimeout(resolve, PATIENCE_MS).unref();
      });
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
      // A module may be at work long after the page has loaded.
      await Promise.race([failed, until === 'log' ? firstLog : answered(page)]);
      const answer = await page
        .evaluate(() => (globalThis as { answer?: Answer }).answer)
        .catch((error: unknown) => {
          errors.push(`answer: ${String(error)}`);
          return undefined;
        });
      return { answer, logged, errors };
    } finally {
      await page.close();
      server.close();
    }
  }
}

function answered(page: Page): Promise<unknown> {
  return page.waitForFunction(() => 'answer' in globalThis, undefined, { timeout: PATIENCE_MS });
}

/** The HTML of a page with one module script. */
export function html(script: string, head = ''): string {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${head}<script type="module" src="${script}"></script>`;
}

/** What this needs of either version of Vite. */
interface Vite {
  build(options: object): Promise<unknown>;
}

/** What this needs of a configuration that a document prints. */
interface ViteConfig {
  readonly build?: object;
}

/** Bundles and minifies the folder's index.html with Vite, as its users do; returns Vite's warnings. */
export async function bundle(
  folder: string,
  outDir: string,
  { vite = 'vite', config = {} }: { vite?: (typeof VITES)[number]; config?: ViteConfig } = {},
): Promise<string[]> {
  const warnings: string[] = [];
  const note = (message: string): void => void warnings.push(message);
  const { build } = (await import(vite)) as Vite;
  await build({
    ...config,
    root: folder,
    configFile: false,
    logLevel: 'warn',
    build: { ...config.build, outDir, minify: true, chunkSizeWarningLimit: Infinity },
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
