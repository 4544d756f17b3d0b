// A small picture of every family, drawn when the site is built: rules as curves, learned families as the band of their random starts.
import type { Bias, FamilyDefinition } from '@relbias/bias-spec';
import { builtinFamilies } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';

/** A family in the gallery. */
export interface Thumbnail {
  readonly address: string;
  readonly title: string;
  readonly kind: string;
  readonly picture: Picture;
}

/** SVG paths in a box of 120 x 60: `lines` are curves, `band` is an area; or the cells of a grid, row by row, from -1 to 1. */
type Picture =
  | { readonly lines: readonly string[]; readonly band?: string }
  | { readonly rows: number; readonly columns: number; readonly cells: readonly number[] };

const HEADS = 8;
/** The heads of a rule that are drawn. */
const SHOWN = [0, 2, 5];
/** How many initialisations a band is made of. */
const DRAWS = 50;
/** The share of them that it leaves out at either edge. */
const EDGE = 0.05;
const DISTANCES = Array.from({ length: 65 }, (_, distance) => distance);
const [WIDTH, HEIGHT, PAD] = [120, 60, 4];

/** All families in their order. */
export function gallery(): Thumbnail[] {
  return builtinFamilies.map((family) => {
    const { name, title, kind } = family;
    const first = draw(family, 1);
    const shared = { address: `families/${name}`, title };
    if (first.tokens !== undefined) {
      return { ...shared, kind: 'learned; one random start, by rows and columns', picture: windowPicture(first) };
    }
    if (kind !== 'learned') return { ...shared, kind: kind === 'none' ? 'control' : 'fixed rule', picture: curves(first) };
    return { ...shared, kind: 'learned; 90 % of random starts', picture: band(family) };
  });
}

function draw({ name, initialise }: FamilyDefinition, seed: number): Bias {
  return initialise(HEADS, seeded(`${name}/${seed}`));
}

/** Three heads of a rule. */
function curves(bias: Bias): Picture {
  const values = SHOWN.map((head) => DISTANCES.map((distance) => bias.value(head, distance, 64)));
  const y = heightsOf(values.flat());
  return { lines: values.map((curve) => line(curve, y)) };
}

/** Where a learned bias starts: the middle of many initialisations, and the band that holds most of them. */
function band(family: FamilyDefinition): Picture {
  const biases = Array.from({ length: DRAWS }, (_, seed) => draw(family, seed + 1));
  const all = DISTANCES.map((distance) =>
    biases
      .flatMap((bias) => Array.from({ length: HEADS }, (_, head) => bias.value(head, distance, 64)))
      .toSorted((one, other) => one - other),
  );
  const [low, middle, high] = [EDGE, 0.5, 1 - EDGE].map((share) => all.map((sorted) => quantile(sorted, share)));
  const y = heightsOf([...low, ...high]);
  return { lines: [line(middle, y)], band: `${line(high, y)}L${points(low, y).toReversed().join('L')}Z` };
}

/** The bias of head 0 by offset in rows and columns, farthest up and left first. */
function windowPicture(bias: Bias): Picture {
  const { query } = bias.defaultPositions?.(bias.tokens ?? 0, bias.tokens ?? 0) ?? { query: [] };
  const reach = query[query.length - 1] - query[0];
  const side = Math.sqrt(2 * reach + 1);
  const values = Array.from({ length: side * side }, (_, index) => bias.value(0, index - reach, 0));
  const most = Math.max(...values.map(Math.abs));
  return { rows: side, columns: side, cells: values.map((value) => Number((value / most).toFixed(2))) };
}

type Heights = (value: number) => number;

function heightsOf(values: readonly number[]): Heights {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return (value) => (high === low ? HEIGHT / 2 : PAD + ((high - value) / (high - low)) * (HEIGHT - 2 * PAD));
}

function points(values: readonly number[], y: Heights): string[] {
  const x = (distance: number): number => PAD + (distance / 64) * (WIDTH - 2 * PAD);
  return values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
}

function line(values: readonly number[], y: Heights): string {
  return `M${points(values, y).join('L')}`;
}

/** A quantile of ascending numbers, interpolated between neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
