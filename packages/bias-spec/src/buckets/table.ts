// A table of learned numbers, one per bucket and head, read at bucket(distance): the common part of all table families.
import type { Bias, Diagnostic } from '../bias.ts';
import type { ParameterNumbers } from '../lists.ts';
import { MAX_HEADS, requireInteger, readOptions, requireFunctions, requireName, requireOneOf } from '../check.ts';
import { requireNumbers } from '../lists.ts';
import type { Convention } from '../convention.ts';
import { ParameterError } from '../errors.ts';
import { show } from '../show.ts';
import type { OwnFloat64Array } from '../own-arrays.ts';
import { learned } from '../parameters.ts';
import type { Random } from '../random.ts';
import { draw, normal } from '../random.ts';
import { toeplitzBias } from '../toeplitz.ts';

/** Row-major order of a table: [buckets, heads] as in Hugging Face's embeddings, or [heads, buckets] as in T5X. */
export type TableLayout = 'buckets-heads' | 'heads-buckets';

export const TABLE_LAYOUTS: readonly TableLayout[] = ['buckets-heads', 'heads-buckets'];

/** A learned table and its bucket function. */
export interface TableDefinition {
  readonly family: string;
  readonly convention: Convention;
  readonly heads: number;
  readonly buckets: number;
  readonly bucket: (distance: number) => number;
  /** buckets * heads numbers, row-major in `layout`; copied. */
  readonly table: ParameterNumbers;
  readonly layout: TableLayout;
  readonly diagnostics?: readonly Diagnostic[];
  readonly defaultPositions?: Bias['defaultPositions'];
}

/**
 * bias = table[bucket(distance)][head].
 *
 * @throws ShapeError on a table of the wrong size, ParameterError on anything else. A bucket outside the table throws when it is read.
 */
export function tableBias(definition: TableDefinition): Bias {
  const { family, convention, buckets, bucket, diagnostics, defaultPositions, ...given } = readOptions(
    'tableBias',
    definition,
    null,
  );
  requireName('tableBias.family', family);
  requireFunctions(family, { bucket });
  const heads = requireInteger(`${family}.heads`, given.heads, 1, MAX_HEADS);
  const layout = requireOneOf(`${family}.layout`, given.layout, TABLE_LAYOUTS);
  const bucketsFirst = layout === 'buckets-heads';
  const shape = bucketsFirst ? [buckets, heads] : [heads, buckets];
  const what = `${family}.table of [${bucketsFirst ? 'buckets, heads' : 'heads, buckets'}] = [${shape.join(', ')}]`;
  const data = requireNumbers(what, given.table, shape);
  const rowAt = (distance: number): number => {
    const row = bucket(distance);
    if (Number.isInteger(row) && row >= 0 && row < buckets) return row;
    throw new ParameterError({
      what: `${family}.bucket(${distance})`,
      got: show(row),
      wanted: `an integer from 0 to ${buckets - 1}`,
    });
  };
  const entry = (row: number, head: number): number => (bucketsFirst ? row * heads + head : head * buckets + row);
  return toeplitzBias({
    family,
    heads,
    convention,
    parameters: { table: learned(data, ...shape) },
    diagnostics,
    defaultPositions,
    value: (head, distance) => data[entry(rowAt(distance), head)],
    valuesAt(distance) {
      const row = rowAt(distance);
      const values = new Float64Array(heads);
      for (let head = 0; head < heads; head++) values[head] = data[entry(row, head)];
      return values;
    },
    addGradient(gradients, weight, head, distance) {
      gradients.table[entry(rowAt(distance), head)] += weight;
    },
  });
}

/** Half a gigabyte, far more than any model has. */
const MOST_DRAWN = 2 ** 26;

/**
 * A table drawn from a normal distribution of mean 0, in either layout.
 *
 * @throws ParameterError for one of more than 2^26 numbers.
 */
export function normalTable(buckets: number, heads: number, deviation: number, random: Random): OwnFloat64Array {
  requireInteger('numbers of a table to draw', buckets * heads, 0, MOST_DRAWN);
  return draw(buckets * heads, () => normal(random, deviation));
}
