// A bias of a family as a page shows it: by name, with as many heads as asked for, learned parameters drawn from a seed.
import type { Bias, FamilyDefinition } from '@relbias/bias-spec';
import { builtinFamilies } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';

/** The definition of a family of the list. */
export function definitionOf(name: string): FamilyDefinition {
  const definition = builtinFamilies.find((family) => family.name === name);
  if (definition === undefined) throw new Error(`No family is called ${name}`);
  return definition;
}

/** The published initialisation; the same seed gives the same numbers on every machine. */
export function initialBias(name: string, heads: number, seed: number): Bias {
  return definitionOf(name).initialise(heads, seeded(`${name}/${seed}`));
}

/** The farthest distance it can be asked for, where there is one. */
export function reachOf({ tokens, defaultPositions }: Bias): number | undefined {
  const positions = tokens === undefined ? undefined : defaultPositions?.(tokens, tokens).query;
  return positions && positions[positions.length - 1] - positions[0];
}

/** Whether the bias depends on where the query stands, beside the distance. */
export function dependsOnQuery(bias: Bias): boolean {
  return bias.value(0, 1, 1) !== bias.value(0, 1, 1_000_000);
}

/** Whole distances from `low` to `high`, all or about `count` of them, evenly or growing away from 0. */
export function distances(low: number, high: number, axis: 'linear' | 'log', count = 320): number[] {
  const total = high - low + 1;
  if (total <= count) return Array.from({ length: total }, (_, index) => low + index);
  const stretch =
    axis === 'log' ? (one: number): number => Math.sign(one) * Math.log1p(Math.abs(one)) : (one: number): number => one;
  const shrink =
    axis === 'log' ? (one: number): number => Math.sign(one) * Math.expm1(Math.abs(one)) : (one: number): number => one;
  const [from, to] = [stretch(low), stretch(high)];
  const found = new Set(
    Array.from({ length: count }, (_, index) => Math.round(shrink(from + ((to - from) * index) / (count - 1)))),
  );
  return [...found].toSorted((one, other) => one - other);
}
