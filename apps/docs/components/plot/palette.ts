// Colours of a heat map, as 256 steps: `sequential` for shares from 0 up, `diverging` around 0. Both keep their order for every kind of
// colour vision.
import { interpolateCividis, interpolatePuOr } from 'd3-scale-chromatic';

export type PaletteName = 'sequential' | 'diverging';

const STEPS = 256;

function steps(interpolate: (t: number) => string): Uint8ClampedArray {
  const bytes = new Uint8ClampedArray(STEPS * 4);
  for (let step = 0; step < STEPS; step++) {
    const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(interpolate(step / (STEPS - 1)));
    if (parts === null) throw new Error('palette: a colour in a notation that is not rgb(r, g, b)');
    bytes.set([Number(parts[1]), Number(parts[2]), Number(parts[3]), 255], step * 4);
  }
  return bytes;
}

const tables: Readonly<Record<PaletteName, Uint8ClampedArray>> = {
  sequential: steps(interpolateCividis),
  diverging: steps(interpolatePuOr),
};

/** Where a value stands between 0 and 1 of its palette. Shares go by their square root, so that small ones are seen. */
export function place(palette: PaletteName, value: number, extent: number): number {
  if (extent === 0) return palette === 'diverging' ? 0.5 : 0;
  const share = Math.max(-1, Math.min(1, value / extent));
  return palette === 'diverging' ? 0.5 + share / 2 : Math.sqrt(Math.max(0, share));
}

/** Writes the colour of a place into a pixel; a value that is not finite stays transparent. */
export function paint(palette: PaletteName, pixels: Uint8ClampedArray, pixel: number, where: number): void {
  if (!Number.isFinite(where)) return;
  const step = Math.round(where * (STEPS - 1));
  pixels.set(tables[palette].subarray(step * 4, step * 4 + 4), pixel * 4);
}

/** The palette as a CSS gradient, for a legend. */
export function gradient(palette: PaletteName): string {
  const stops = Array.from({ length: 17 }, (_, index) => {
    const step = Math.round(place(palette, palette === 'diverging' ? index / 8 - 1 : index / 16, 1) * (STEPS - 1));
    return `rgb(${tables[palette].slice(step * 4, step * 4 + 3).join(' ')})`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
