// The test cases of T5, with the distances on both sides of each bucket boundary.
import { bookBuckets } from '../buckets/t5.ts';
import { normalTable } from '../buckets/table.ts';
import type { FamilyCase } from '../family.ts';
import { t5 } from './t5.ts';

/** One case for each way to count buckets. */
export const T5_CASES: readonly FamilyCase[] = [
  {
    name: 'bidirectional',
    distances: [7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, -1, -7, -8, -15, -16, -90, -91],
    create: (heads, random) => t5({ heads, table: normalTable(32, heads, 1, random) }),
  },
  {
    name: 'causal',
    distances: [
      7, 8, 15, 16, 18, 19, 20, 21, 23, 24, 26, 27, 30, 31, 32, 34, 35, 39, 40, 45, 46, 51, 52, 58, 59, 63, 64, 66, 67, 76, 77,
      86, 87, 98, 99, 112, 113, 127, 128, -1,
    ],
    create: (heads, random) =>
      t5({ heads, bidirectional: false, layout: 'heads-buckets', table: normalTable(32, heads, 1, random) }),
  },
  {
    name: 'book',
    distances: [1, 2, 3, 4, 5],
    create: (heads, random) => t5({ heads, ...bookBuckets({ nb: 3, distMax: 5 }), table: normalTable(4, heads, 1, random) }),
  },
  {
    name: 'float32',
    distances: [14, 15],
    create: (heads, random) =>
      t5({ heads, numBuckets: 38, maxDistance: 25, rounding: 'float32', table: normalTable(38, heads, 1, random) }),
  },
];
