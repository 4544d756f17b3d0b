// Colours of a heat map in 256 steps: `sequential` for shares from 0 up, `diverging` around 0. Both keep their order for every kind of colour
// vision.
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

/** The position of a value in its palette, from 0 to 1. Fractions use their square root, which makes small ones visible. */
export function place(palette: PaletteName, value: number, extent: number): number {
  if (extent === 0) return palette === 'diverging' ? 0.5 : 0;
  const share = Math.max(-1, Math.min(1, value / extent));
  return palette === 'diverging' ? 0.5 + share / 2 : Math.sqrt(Math.max(0, share));
}

/** The colour at a place of a palette, in bytes. */
export function colourAt(palette: PaletteName, where: number): readonly [number, number, number] {
  const [red, green, blue] = tables[palette].subarray(Math.round(where * (STEPS - 1)) * 4);
  return [red, green, blue];
}

/** Writes the colour of a place into a pixel; a value that is not finite stays transparent. */
export function paint(palette: PaletteName, pixels: Uint8ClampedArray, pixel: number, where: number): void {
  if (!Number.isFinite(where)) return;
  pixels.set([...colourAt(palette, where), 255], pixel * 4);
}

/** The palette as a CSS gradient, for a legend. */
export function gradient(palette: PaletteName): string {
  const stops = Array.from({ length: 17 }, (_, index) => {
    const where = place(palette, palette === 'diverging' ? index / 8 - 1 : index / 16, 1);
    return `rgb(${colourAt(palette, where).join(' ')})`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
