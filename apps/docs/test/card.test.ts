// The card of link previews is rendered from the current source, as a PNG of the size that the pages declare.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cardSvg, isStampedFor } from '../src/card.ts';

const png = readFileSync(path.resolve(import.meta.dirname, '../public/card.png'));

test('public/card.png is up to date; if not: node test/write-card.ts', () => {
  expect(isStampedFor(png, cardSvg())).toBe(true);
  expect(isStampedFor(png, `${cardSvg()} `)).toBe(false);
});

test('it is a PNG of 1200 x 630 pixels, small enough for any preview', () => {
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
  expect(png.length).toBeLessThan(300_000);
});
