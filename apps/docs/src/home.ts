// What the front page shows of every family: its name, its page, and its curve at the published initialisation, drawn when the site is built.
import { builtinFamilies } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';

/** A family in the gallery; `paths` are SVG paths of a few heads in a box of 120 x 60. */
export interface Thumbnail {
  readonly address: string;
  readonly title: string;
  readonly kind: string;
  readonly paths: readonly string[];
}

const HEADS = 8;
const SHOWN = [0, 2, 5];
const [WIDTH, HEIGHT, PAD] = [120, 60, 4];

/** All families in their order. */
export function gallery(): Thumbnail[] {
  return builtinFamilies.map(({ name, title, kind, initialise }) => {
    const bias = initialise(HEADS, seeded(`${name}/1`));
    const xs = Array.from({ length: 65 }, (_, distance) => distance);
    const curves = SHOWN.map((head) => xs.map((distance) => bias.value(head, distance, 64)));
    const all = [0, ...curves.flat()];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const x = (distance: number): number => PAD + (distance / 64) * (WIDTH - 2 * PAD);
    const y = (value: number): number => (high === low ? HEIGHT / 2 : PAD + ((high - value) / (high - low)) * (HEIGHT - 2 * PAD));
    const paths = curves.map((values) => `M${values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join('L')}`);
    return { address: `families/${name}`, title, kind: kind === 'none' ? 'control' : kind, paths };
  });
}
