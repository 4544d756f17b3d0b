// The built site in a browser: served from a folder under its base, with no header a static host would not send, and every error of a page
// recorded.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Response } from 'playwright';
import { chromium } from 'playwright';
import sirv from 'sirv';
import { launchOptions } from '../../../scripts/chromium.mjs';

/** The folder that holds it; SITE_DIST names another build than the usual one. */
export const dist: string = path.resolve(process.env['SITE_DIST'] ?? path.join(import.meta.dirname, '../.vitepress/dist'));

/** The base path that the site was built for; .vitepress/config.ts decides it. */
export const base = process.env['DOCS_BASE'] ?? '/relbias/';

/** A page of the site, and its errors: console, exceptions, requests that failed or were not found. */
export interface Visit {
  readonly page: Page;
  readonly errors: readonly string[];
  /** Everything the page fetched. */
  readonly responses: readonly Response[];
  close(): Promise<void>;
}

export interface Site {
  readonly browser: Browser;
  /** The address of the front page, with the slash at its end. */
  readonly origin: string;
  /**
   * Opens an address relative to the base, such as `families/alibi`; it is loaded and its islands are there.
   *
   * @param shared - the context of earlier visits, with cached files; left out, it is a first visit.
   */
  visit(address: string, options?: BrowserContextOptions, shared?: BrowserContext): Promise<Visit>;
  close(): Promise<void>;
}

/** The size of what a page fetched, in bytes, compressed as a static host would. */
export async function compressedSize(responses: readonly Response[]): Promise<number> {
  const bodies = await Promise.all(responses.map((response) => response.body()));
  // Fonts are compressed already.
  const sizes = bodies.map((body, at) => (responses[at]?.url().endsWith('.woff2') ? body.length : gzipSync(body).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Chromium on SwiftShader and a server of the built site. */
export async function openSite(): Promise<Site> {
  if (!existsSync(path.join(dist, 'index.html')))
    throw new Error(`No built site at ${dist}: run "vitepress build" in apps/docs first`);
  const files = sirv(dist, { etag: true, maxAge: 600 });
  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    const missing = (): void => void response.writeHead(404).end();
    if (!url.startsWith(base)) return missing();
    request.url = url.slice(base.length - 1);
    files(request, response, missing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch(launchOptions('swiftshader'));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    browser,
    origin: `${origin}${base}`,
    async visit(address, options, shared) {
      const context = shared ?? (await browser.newContext({ reducedMotion: 'reduce', ...options }));
      const page = await context.newPage();
      const errors: string[] = [];
      const responses: Response[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(`console: ${message.text()}`));
      page.on('pageerror', (error) => errors.push(`exception: ${error.message}`));
      page.on('requestfailed', (request) => errors.push(`request failed: ${request.url()}`));
      page.on('response', (response) => {
        if (response.status() >= 400) errors.push(`${response.status()}: ${response.url()}`);
        responses.push(response);
      });
      await page.goto(`${origin}${base}${address}`, { waitUntil: 'load' });
      // Islands replace their placeholders once the page has come alive, which its buttons tell.
      await page.waitForFunction(
        () => '__vue_app__' in (document.querySelector('#app') ?? {}) && document.querySelector('.island.waiting') === null,
      );
      return { page, errors, responses, close: () => (shared === undefined ? context : page).close() };
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
