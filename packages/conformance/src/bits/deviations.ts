// The factors of the bitwise cases: dtypes, masks and shapes on both sides of the end of a tile. ../grammar.ts explains the names.
import type { Factors } from '../grammar.ts';
import { parseFactors } from '../grammar.ts';
import type { Cut } from './split.ts';

/** For every family, and for each of its row-scaled cases. */
export const EVERY_FAMILY: readonly Factors[] = [
  'causal;dtype=bfloat16',
  'causal;dtype=float16',
  'causal',
  'queries=3;keys=65;dtype=bfloat16',
  'queries=3;keys=65',
].map(parseFactors);

/** For one family of each form that kernels read. */
export const EVERY_FORM: readonly Factors[] = [
  // Shapes: the ends of tiles, of blocks of two, three and four tiles, and of lanes.
  'keys=1',
  'queries=1',
  'queries=3;keys=63;dtype=bfloat16',
  'queries=3;keys=64;dtype=float16',
  'queries=2;keys=127',
  'queries=2;keys=128;dtype=bfloat16',
  'queries=2;keys=193;dtype=float16',
  'queries=5;keys=257',
  'queries=5;keys=257;dtype=bfloat16',
  'queries=65;keys=130;causal;dtype=float16',
  'queries=3;keys=1025;causal;dtype=bfloat16',
  'headDim=1;dtype=bfloat16',
  'headDim=3',
  'headDim=80;valueDim=5;dtype=float16',
  'headDim=128;dtype=bfloat16',
  // Heads and batch rows.
  'heads=12',
  'heads=8;keyValueHeads=2;dtype=bfloat16',
  'batch=2;dtype=float16',
  // Masks, rows without a visible key, and tiles that no row sees.
  'queries=24;keys=9;causal',
  'queries=3;keys=200;left=70;dtype=bfloat16',
  'queries=3;keys=200;right=2;queryStart=10',
  'batch=2;queries=5;keys=140;queryStart=135;keyLengths=130,0;dtype=bfloat16',
  'batch=2;causal;keyLengths=7,12;padding=nan',
  'segments=packed;dtype=float16',
  'batch=2;queries=9;keys=70;segments=padding;dtype=bfloat16',
  'positions=gaps',
  'causal;positions=reversed;dtype=bfloat16',
  // Scales.
  'convention=before-scaling',
  'convention=unscaled;dtype=bfloat16',
  'scale=0.3;biasScale=-7.3',
  'scale=0.00002',
  // Logits that spread over hundreds of powers of two, and sums of equal numbers.
  'queries=5;keys=257;magnitude=1000',
  'queries=5;keys=257;magnitude=80;dtype=bfloat16',
  'queries=2;keys=130;data=equal',
  'data=zeros;dtype=float16',
].map(parseFactors);

/** For row-scaled cases: batch rows with different positions, grouped heads and masks. */
export const EVERY_ROW_SCALED: readonly Factors[] = [
  'batch=2;queries=5;keys=70;positions=rows;dtype=bfloat16',
  'batch=3;heads=4;keyValueHeads=2;queries=3;keys=65;queryStart=60,3,200;biasScale=-0.7',
  'queries=9;keys=140;left=40;positions=gaps;dtype=float16',
  'batch=2;queries=4;keys=70;queryStart=66;causal;keyLengths=70,33',
].map(parseFactors);

/** Prefill against decode, for one family of each form that kernels read. */
export const DECODE: readonly Factors[] = [
  'queries=5;keys=257;causal;dtype=bfloat16',
  'queries=66;keys=130;causal',
  'queries=7;keys=129;left=20;dtype=float16',
].map(parseFactors);

/** A run within the first tile and one that extends into the second: for every family. */
export const SHORTER: Factors = parseFactors('queries=9;keys=66;causal');

/** How a problem is split, and its shape: see split.ts. The first rows of FIRE's cases are below the threshold, the last above it. */
export const SPLITS: readonly (readonly [Cut, Factors])[] = (
  [
    ['queries', 'queries=12;keys=70;queryStart=0;biasScale=-7.3'],
    ['batch', 'batch=2;queries=3;keys=70;queryStart=67,1;dtype=bfloat16'],
    ['shorter', 'queries=9;keys=300;queryStart=0;causal'],
    ['far-row', 'queries=4;keys=70;queryStart=1;biasScale=-7.3;dtype=float16'],
  ] as const
).map(([cut, factors]) => [cut, parseFactors(factors)]);
