// Reproducible passes 2 to 5: the softmax of one tile of keys, and its fold into the state. Rules 6 to 9 of docs/numerics.md. All products are
// exact; sums that a compiler could re-associate are in passes of their own.
import type { Pass } from './pass.ts';
import { BATCH_HEAD, BATCH_HEAD_PARAMETERS } from './pass.ts';

/** Pass 2: the largest whole part of a logit in the tile, [1, tile, batchHeads]. Rounded down twice, because a tiny number / 65536 would be subnormal. */
export const tileMaximumPass: Pass<'logits' | 'floor' | 'keys'> = {
  name: 'tileMaximum',
  parameters: ['logits', 'floor', 'keys'],
  functions: [],
  body: `
  let most = logits[this.thread.z][this.thread.y][0];
  for (let j = 1; j < keys; j++) {
    most = Math.max(most, logits[this.thread.z][this.thread.y][j]);
  }
  const fixed = Math.floor(most);
  return Math.max(Math.floor(fixed * 0.0000152587890625), floor);`,
};

/** Pass 3: the weights, [block, tile, batchHeads]: a mantissa from the table by the fraction, times a power of two from another. */
export const tileWeightsPass: Pass<'logits' | 'maximum' | 'mantissas' | 'powers' | 'cutoff'> = {
  name: 'tileWeights',
  parameters: ['logits', 'maximum', 'mantissas', 'powers', 'cutoff'],
  functions: [],
  body: `
  const rowMax = maximum[this.thread.z][this.thread.y][0];
  const fixed = Math.floor(logits[this.thread.z][this.thread.y][this.thread.x]);
  if (fixed < (rowMax - cutoff) * 65536.0) { return 0.0; }
  const whole = Math.floor(fixed * 0.0000152587890625);
  const fraction = fixed - whole * 65536.0;
  const tableRow = Math.floor(fraction * 0.00390625);
  const tableColumn = fraction - tableRow * 256.0;
  const below = rowMax - whole;
  return mantissas[0][tableRow][tableColumn] * powers[0][0][below];`,
};

/** Pass 4: the sums of the tile, [columns + 2, tile, batchHeads]: of the values, then of the weights, in two halves of two lanes. */
export const tileSumsPass: Pass<
  'weights' | 'value' | 'block' | 'blocks' | 'columns' | 'keys' | 'fours' | 'slices' | (typeof BATCH_HEAD_PARAMETERS)[number]
> = {
  name: 'tileSums',
  parameters: ['weights', 'value', 'block', 'blocks', 'columns', 'keys', 'fours', 'slices', ...BATCH_HEAD_PARAMETERS],
  functions: [],
  body: `${BATCH_HEAD}
  const valueLayer = keyValueBatchHead * blocks + block;
  if (this.thread.x < columns) {
    let sum = 0.0;
    let valueRow = 0.0;
    for (let j = 0; j < keys; j++) {
      const weight = weights[this.thread.z][this.thread.y][j];
      for (let slice = 0; slice < slices; slice++) {
        sum += weight * value[valueLayer][valueRow][this.thread.x];
        valueRow = valueRow + 1.0;
      }
    }
    return sum;
  }
  let first = 0.0;
  if (this.thread.x > columns) { first = 2.0; }
  let one = 0.0;
  let other = 0.0;
  for (let four = 0; four < fours; four++) {
    const at = first;
    const next = first + 1.0;
    one += weights[this.thread.z][this.thread.y][at];
    other += weights[this.thread.z][this.thread.y][next];
    first = first + 4.0;
  }
  return one + other;`,
};

/** Pass 5: the next state, [columns + 2, tile, batchHeads]: sums of the values, of the weights, and the maximum that both are relative to. */
export const foldPass: Pass<'state' | 'sums' | 'maximum' | 'powers' | 'columns' | 'cutoff' | 'least'> = {
  name: 'fold',
  parameters: ['state', 'sums', 'maximum', 'powers', 'columns', 'cutoff', 'least'],
  functions: [],
  body: `
  const maxBefore = state[this.thread.z][this.thread.y][columns + 1.0];
  const tileMax = maximum[this.thread.z][this.thread.y][0];
  const most = Math.max(maxBefore, tileMax);
  if (this.thread.x > columns) { return most; }
  let before = state[this.thread.z][this.thread.y][this.thread.x];
  let added = sums[this.thread.z][this.thread.y][this.thread.x];
  if (this.thread.x == columns) { added = added + sums[this.thread.z][this.thread.y][columns + 1.0]; }
  const beforeBy = Math.min(most - maxBefore, cutoff);
  const addedBy = Math.min(most - tileMax, cutoff);
  if (beforeBy > 0.0) {
    before = before * powers[0][0][beforeBy];
    if (most - maxBefore > cutoff) { before = 0.0; }
    if (Math.abs(before) < least) { before = 0.0; }
  }
  if (addedBy > 0.0) {
    added = added * powers[0][0][addedBy];
    if (most - tileMax > cutoff) { added = 0.0; }
    if (Math.abs(added) < least) { added = 0.0; }
  }
  return before + added;`,
};
