// Charts are readable without colour vision: the colours of lines and the ends of heat maps remain distinct under simulated deuteranopia and
// protanopia, and every line also has its own dash pattern and marker.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { colourAt } from '../components/plot/palette.ts';
import { COLOURS, cueOf } from '../components/plot/series.ts';

type Triple = readonly [number, number, number];

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear sRGB. */
const VISIONS: Readonly<Record<string, readonly Triple[]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
};
const XYZ: readonly Triple[] = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];

/** Two colours further apart than this are easy to distinguish; 2.3 is just noticeable side by side. */
const APART = 15;

function times(matrix: readonly Triple[], [a, b, c]: Triple): Triple {
  const [x, y, z] = matrix.map(([p, q, r]) => p * a + q * b + r * c);
  return [x ?? 0, y ?? 0, z ?? 0];
}

function linear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

const linearOf = ([r, g, b]: Triple): Triple => [linear(r), linear(g), linear(b)];

function hex(text: string): Triple {
  const byte = (at: number): number => Number.parseInt(text.slice(at, at + 2), 16);
  return [byte(1), byte(3), byte(5)];
}

/** CIE L*a*b* as seen with that kind of vision. */
function labOf(colour: Triple, vision: string): Triple {
  const [r, g, b] = times(VISIONS[vision] ?? [], linearOf(colour));
  const clip = (one: number): number => Math.max(0, Math.min(1, one));
  const [x, y, z] = times(XYZ, [clip(r), clip(g), clip(b)]);
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** CIEDE2000 (Sharma, Wu and Dalal 2005). */
function difference([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const [degree, seventh] = [Math.PI / 180, 25 ** 7];
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(mean ** 7 / (mean ** 7 + seventh)));
  const [c1, c2] = [Math.hypot(a1 * (1 + g), b1), Math.hypot(a2 * (1 + g), b2)];
  const hue = (a: number, b: number): number => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / degree + 360) % 360);
  const [h1, h2] = [hue(a1 * (1 + g), b1), hue(a2 * (1 + g), b2)];
  const turn = c1 * c2 === 0 ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const dh = 2 * Math.sqrt(c1 * c2) * Math.sin((turn / 2) * degree);
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const far = Math.abs(h1 - h2) > 180;
  const h = c1 * c2 === 0 ? h1 + h2 : (h1 + h2 + (far ? (h1 + h2 < 360 ? 360 : -360) : 0)) / 2;
  const cosine = (factor: number, shift: number): number => Math.cos((factor * h + shift) * degree);
  const t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.2 * cosine(4, -63);
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const [sc, sh] = [1 + 0.045 * c, 1 + 0.015 * c * t];
  const rotation = -2 * Math.sqrt(c ** 7 / (c ** 7 + seventh)) * Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * degree);
  const [x, y, z] = [(l2 - l1) / sl, (c2 - c1) / sc, dh / sh];
  return Math.sqrt(x * x + y * y + z * z + rotation * y * z);
}

function contrast(one: Triple, other: Triple): number {
  const luminance = (colour: Triple): number => times(XYZ, linearOf(colour))[1];
  const [high, low] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const tokens = readFileSync(path.join(import.meta.dirname, '../.vitepress/theme/tokens.css'), 'utf8');
const [light = '', dark = ''] = tokens.split('\n.dark {');
const colour = (theme: string, name: string): Triple => hex(new RegExp(`--rb-${name}: (#[0-9a-f]{6});`).exec(theme)?.[1] ?? '');
const lines = (theme: string): Triple[] => Array.from({ length: COLOURS }, (_, at) => colour(theme, `line-${at + 1}`));
const themes = { light, dark };

test('the measure distinguishes black from white, and confuses red and green under deuteranopia', () => {
  const [black, white, red, green] = ['#000000', '#ffffff', '#a83232', '#6a6a20'].map(hex);
  expect(difference(labOf(black, 'full'), labOf(white, 'full'))).toBeCloseTo(100, 0);
  expect(difference(labOf(red, 'full'), labOf(green, 'full'))).toBeGreaterThan(40);
  expect(difference(labOf(red, 'deuteranopia'), labOf(green, 'deuteranopia'))).toBeLessThan(APART);
  // Pairs of the test data of Sharma, Wu and Dalal 2005, table 1.
  expect(difference([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
  expect(difference([50, 2.5, 0], [58, 24, 15])).toBeCloseTo(19.4535, 4);
});

const views = Object.entries(themes).flatMap(([name, theme]) => Object.keys(VISIONS).map((vision) => ({ name, theme, vision })));

test.each(views)('$name, $vision: any two lines differ by at least 15', ({ theme, vision }) => {
  const seen = lines(theme).map((one) => labOf(one, vision));
  const differences = seen.flatMap((one, at) => seen.slice(at + 1).map((other) => difference(one, other)));
  expect(differences.length).toBe((COLOURS * (COLOURS - 1)) / 2);
  expect(Math.min(...differences)).toBeGreaterThanOrEqual(APART);
});

test.each(Object.entries(themes))('%s: lines have a contrast of 3:1 with the background', (_, theme) => {
  const least = Math.min(...lines(theme).map((one) => contrast(one, colour(theme, 'paper'))));
  expect(least).toBeGreaterThanOrEqual(3);
});

test.each(['full', 'deuteranopia', 'protanopia'])('%s: the ends and the middle of heat maps differ', (vision) => {
  const seen = (name: 'sequential' | 'diverging', where: number): Triple => labOf(colourAt(name, where), vision);
  expect(difference(seen('sequential', 0), seen('sequential', 1))).toBeGreaterThan(3 * APART);
  expect(difference(seen('diverging', 0), seen('diverging', 1))).toBeGreaterThan(APART);
  expect(difference(seen('diverging', 0), seen('diverging', 0.5))).toBeGreaterThan(3 * APART);
  expect(difference(seen('diverging', 1), seen('diverging', 0.5))).toBeGreaterThan(2 * APART);
});

test('lines are distinct without any colour', () => {
  const cues = Array.from({ length: 20 }, (_, at) => cueOf(at + 1));
  expect(new Set(cues.map(({ dash, mark }) => dash + mark)).size).toBe(20);
  cues.slice(1).forEach(({ dash, mark, colour: own }, at) => {
    const before = cues[at];
    expect([dash === before?.dash, mark === before?.mark, own === before?.colour]).toEqual([false, false, false]);
  });
});
