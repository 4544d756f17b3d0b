// The control shape and its deviations in one factor, on both sides of every boundary. They are small, because software GPUs run them too: the
// largest has about half a million multiply-adds. suite.ts assigns the lists to the cases of families.
import type { Factors } from './grammar.ts';
import { parseFactors } from './grammar.ts';

/** For every family case. With a negative biasScale, a pair that the bias hides stays hidden, although -2 * -Infinity is +Infinity. */
export const BASIC: readonly Factors[] = ['', 'causal', 'biasScale=-2'].map(parseFactors);

/** For every family case with `distances`. */
export const BOUNDARY: Factors = { positions: 'boundary' };

/** Factors that may interact with a bias: for one case of each form that a family lowers to. */
export const BIAS_DEVIATIONS: readonly Factors[] = [
  // Head counts: one, a power of two, and not a power of two.
  'heads=1',
  'heads=8',
  'heads=12',
  // Key counts around a block of 64 and around gpu.js's silent limit of 1000 iterations; one key; one query.
  'keys=1',
  'queries=1',
  'queries=3;keys=63',
  'queries=3;keys=64',
  'queries=3;keys=65',
  'queries=3;keys=999',
  'queries=3;keys=1000',
  'queries=3;keys=1001',
  'queries=1;keys=257;causal',
  'queries=7;keys=1025;causal',
  'queries=65;keys=65;causal',
  // More queries than keys: the first rows of a causal pass have no visible key.
  'queries=24;keys=9;causal',
  // Offsets.
  'queries=5;queryStart=0;causal',
  'queryStart=100',
  'queryStart=-20',
  'batch=2;queryStart=3,-2;causal',
  'batch=2',
  // Grouped-query and multi-query attention.
  'heads=8;keyValueHeads=2',
  'heads=6;keyValueHeads=1',
  // Masks.
  'left=3',
  'right=2',
  'left=4;right=2',
  'causal;left=5',
  'batch=2;keyLengths=16,5',
  'batch=2;keyLengths=0,9',
  'batch=2;causal;keyLengths=7,12;padding=nan',
  'segments=packed',
  'batch=2;segments=padding',
  // Scores.
  'softcap=5',
  'convention=before-scaling',
  'convention=unscaled',
  'convention=after-scaling',
  'convention=scaled-bias',
  'biasScale=0',
  // Explicit positions.
  'positions=gaps',
  'causal;positions=reversed',
  'positions=duplicates',
  'batch=2;causal;positions=rows',
  'positions=far',
  // Everything at once.
  'batch=2;heads=8;keyValueHeads=2;queries=9;keys=70;headDim=16;valueDim=12;queryStart=40,61;causal;left=33;keyLengths=70,50;softcap=8;dtype=bfloat16',
].map(parseFactors);

/** Factors that do not interact with a bias: for one case of each form, in the first family that lowers to it. */
export const CONTENT_DEVIATIONS: readonly Factors[] = [
  // Head dimensions, odd ones among them, and values of another width.
  'headDim=1',
  'headDim=3',
  'headDim=64',
  'headDim=80',
  'headDim=128',
  'valueDim=5',
  'headDim=3;valueDim=16',
  'scale=0.3',
  // Logits at the limits of exp, and inputs that are all equal.
  'magnitude=80',
  'magnitude=1000',
  'softcap=5;magnitude=30',
  'data=equal',
  'data=zeros',
  // Inputs of half precision.
  'dtype=float16',
  'dtype=bfloat16',
  'dtype=Float16Array',
].map(parseFactors);
