// Finite differences for biases that are linear in their table. Over small integers a step of 1 is exact, so no tolerance is needed.
import { expect } from 'vitest';
import type { Bias, Positions } from '../src/index.ts';
import { onlyTable } from './terms.ts';

/** Small integers that repeat late. */
export function integers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => ((index * 37) % 101) - 50);
}

function weighted(bias: Bias, positions: Positions): number {
  const { values } = onlyTable(bias.lower(positions));
  const weights = integers(values.length);
  return values.reduce((sum, value, index) => sum + weights[index] * value, 0);
}

/** Expects the adjoint of `make(table)` to equal differences of the weighted sum of its terms, entry by entry. */
export function expectAdjointMatchesDifferences(make: (table: number[]) => Bias, size: number, positions: Positions): void {
  const table = integers(size);
  const bias = make(table);
  const { values } = onlyTable(bias.lower(positions));
  const weights = Float64Array.from(integers(values.length));
  const gradient = bias.adjoint(positions, [{ kind: 'per-distance', values: weights }]);
  const differences = table.map(
    (entry, index) => weighted(make(table.with(index, entry + 1)), positions) - weighted(bias, positions),
  );
  expect(gradient['table']).toEqual(Float64Array.from(differences));
}
