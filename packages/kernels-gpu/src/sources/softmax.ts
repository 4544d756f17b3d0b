// Passes 2 to 4: the running softmax over one block. The state of a row is [columns + 2], columns = valueDim: the weighted sum of the
// values, the sum of the weights, and the maximum both are relative to.
import { EXP_NEGATIVE } from './exponential.ts';
import type { Pass } from './pass.ts';
import { BATCH_HEAD, BATCH_HEAD_PARAMETERS } from './pass.ts';

/** The initial state of rows: sums of 0, relative to the lowest maximum. */
export const startPass: Pass<'columns' | 'lowest'> = {
  name: 'start',
  parameters: ['columns', 'lowest'],
  functions: [],
  body: `
  if (this.thread.x > columns) { return lowest; }
  return 0.0;`,
};

/** Pass 2: the maximum of each row so far, [1, tile, batchHeads]. */
export const maximumPass: Pass<'scores' | 'state' | 'columns' | 'keys'> = {
  name: 'maximum',
  parameters: ['scores', 'state', 'columns', 'keys'],
  functions: [],
  body: `
  let maximum = state[this.thread.z][this.thread.y][columns + 1.0];
  for (let j = 0; j < keys; j++) {
    maximum = Math.max(maximum, scores[this.thread.z][this.thread.y][j]);
  }
  return maximum;`,
};

/** Pass 3: the weights relative to that maximum, [block, tile, batchHeads]; hidden pairs exactly 0. */
export const weightsPass: Pass<'scores' | 'maximum' | 'leastVisible'> = {
  name: 'weights',
  parameters: ['scores', 'maximum', 'leastVisible'],
  functions: [EXP_NEGATIVE],
  body: `
  const score = scores[this.thread.z][this.thread.y][this.thread.x];
  if (score < leastVisible) { return 0.0; }
  return expNegative(score - maximum[this.thread.z][this.thread.y][0]);`,
};

/** Pass 4: the next state, [columns + 2, tile, batchHeads]: sums relative to the old maximum are rescaled to the new one. */
export const accumulatePass: Pass<
  'weights' | 'value' | 'state' | 'maximum' | 'block' | 'blocks' | 'columns' | 'keys' | (typeof BATCH_HEAD_PARAMETERS)[number]
> = {
  name: 'accumulate',
  parameters: ['weights', 'value', 'state', 'maximum', 'block', 'blocks', 'columns', 'keys', ...BATCH_HEAD_PARAMETERS],
  functions: [EXP_NEGATIVE],
  body: `${BATCH_HEAD}
  const valueLayer = keyValueBatchHead * blocks + block;
  const newMaximum = maximum[this.thread.z][this.thread.y][0];
  if (this.thread.x > columns) { return newMaximum; }
  let sum = 0.0;
  if (this.thread.x < columns) {
    for (let j = 0; j < keys; j++) {
      sum += weights[this.thread.z][this.thread.y][j] * value[valueLayer][j][this.thread.x];
    }
  } else {
    for (let i = 0; i < keys; i++) {
      sum += weights[this.thread.z][this.thread.y][i];
    }
  }
  const rescale = expNegative(state[this.thread.z][this.thread.y][columns + 1.0] - newMaximum);
  return state[this.thread.z][this.thread.y][this.thread.x] * rescale + sum;`,
};
