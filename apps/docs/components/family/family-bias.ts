// A bias of a family as a page shows it: by name, with as many heads as asked for, learned parameters drawn from a seed.
import type { Bias, FamilyDefinition } from '@relbias/bias-spec';
import { builtinFamilies } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';

/** The definition of a built-in family. */
export function definitionOf(name: string): FamilyDefinition {
  const definition = builtinFamilies.find((family) => family.name === name);
  if (definition === undefined) throw new Error(`No family is called ${name}`);
  return definition;
}

/**
 * The most heads that a page draws of a family. A network that gives one number per head grows with the square of the heads: at 64 a curve
 * would take minutes.
 */
export function mostHeads({ options }: FamilyDefinition): number {
  return options.some(({ kind }) => kind === 'layers') ? 16 : 64;
}

/** The published initialisation; the same seed gives the same numbers on every machine. */
export function initialBias(name: string, heads: number, seed: number): Bias {
  return definitionOf(name).initialise(heads, seeded(`${name}/${seed}`));
}

/** Seeds that show how far a random initialisation spreads. */
export const SEEDS = 16;

/** The published initialisation at `count` seeds from `seed` on. */
export function initialBiases(name: string, heads: number, seed: number, count: number = SEEDS): Bias[] {
  return Array.from({ length: count }, (_, more) => initialBias(name, heads, seed + more));
}

/** The minimum and maximum of one head over several biases, at each of some distances. */
export function bandOf(
  biases: readonly Bias[],
  head: number,
  at: readonly number[],
  position: number,
): { readonly low: number[]; readonly high: number[] } {
  const all = at.map((distance) => biases.map((bias) => bias.value(head, distance, position)));
  return { low: all.map((values) => Math.min(...values)), high: all.map((values) => Math.max(...values)) };
}

/** Rows and columns of the window whose tokens a bias is for; undefined for a bias over a sequence. */
export function windowOf({ tokens, defaultPositions }: Bias): { readonly height: number; readonly width: number } | undefined {
  const positions = tokens === undefined ? undefined : defaultPositions?.(tokens, tokens).query;
  if (tokens === undefined || positions === undefined) return undefined;
  // Positions are consecutive within a row of the window.
  const end = positions.findIndex((position, token) => position !== positions[0] + token);
  const width = end === -1 ? tokens : end;
  return { height: tokens / width, width };
}

/** The bias of one head by 2-D offset, query minus key: rows from -(height - 1), columns from -(width - 1). */
export function offsetMap(
  bias: Bias,
  head: number,
  { height, width }: { readonly height: number; readonly width: number },
): number[] {
  const [rows, columns] = [2 * height - 1, 2 * width - 1];
  return Array.from({ length: rows * columns }, (_, at) => {
    const [down, across] = [Math.floor(at / columns) - (height - 1), (at % columns) - (width - 1)];
    return bias.value(head, down * columns + across, 0);
  });
}

/** Whether the bias depends on the position of the query as well as on the distance. */
export function dependsOnQuery(bias: Bias): boolean {
  return bias.value(0, 1, 1) !== bias.value(0, 1, 1_000_000);
}

/** Integers from `low` to `high`: all, or about `count` of them, evenly spaced or growing away from 0. */
export function distances(low: number, high: number, axis: 'linear' | 'log', count = 320): number[] {
  const total = high - low + 1;
  if (total <= count) return Array.from({ length: total }, (_, index) => low + index);
  const toAxis = (one: number): number => (axis === 'log' ? Math.sign(one) * Math.log1p(Math.abs(one)) : one);
  const fromAxis = (one: number): number => (axis === 'log' ? Math.sign(one) * Math.expm1(Math.abs(one)) : one);
  const [from, to] = [toAxis(low), toAxis(high)];
  const found = new Set(
    Array.from({ length: count }, (_, index) => Math.round(fromAxis(from + ((to - from) * index) / (count - 1)))),
  );
  return [...found].toSorted((one, other) => one - other);
}
