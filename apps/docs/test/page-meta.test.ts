// The head of each page: title, description and card for link previews; and a link to the source to edit.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { base, dist } from './site.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const pages = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.html') && name !== '404.html',
);

function property(html: string, name: string): string | undefined {
  return new RegExp(`<meta (?:name|property)="${name}" content="([^"]*)"`).exec(html)?.[1];
}

test.each(pages)('%s', (name) => {
  const html = readFileSync(path.join(dist, name), 'utf8');
  const description = property(html, 'description') ?? '';
  expect(description.length).toBeGreaterThan(20);
  expect(description.length).toBeLessThanOrEqual(201);
  expect(description).not.toMatch(/[[\]|`]|\*\*|:::|\$/);
  expect(property(html, 'og:description')).toBe(description);
  expect(property(html, 'og:title')).toBeTruthy();
  const { pathname: image } = new URL(property(html, 'og:image') ?? '');
  expect(existsSync(path.join(dist, image.slice(base.length)))).toBe(true);
  const { pathname: own } = new URL(property(html, 'og:url') ?? '');
  expect(own.slice(base.length)).toBe(name.replaceAll(path.sep, '/').replace(/(^|\/)index\.html$/, '$1'));
});

test.each(pages.filter((name) => name !== 'index.html'))('%s can be edited', (name) => {
  const html = readFileSync(path.join(dist, name), 'utf8');
  const [, edited] =
    /href="https:\/\/github\.com\/relbias\/relbias\/(?:edit|tree)\/main\/([^"]+)"[^>]*>(?:<!--.*?-->|<[^>]*>|\s)*Edit this page/.exec(
      html,
    ) ?? [];
  expect(edited).toBeDefined();
  expect(existsSync(path.join(root, edited))).toBe(true);
});
