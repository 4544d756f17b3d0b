// Pass 1: the logit of every pair of the tile and the block, [block, tile, batchHeads]; HIDDEN where the mask or the bias hides it.
import type { BiasForm } from '../bias.ts';
import { biasSource } from './bias.ts';
import { EXP_NEGATIVE, HYPERBOLIC_TANGENT } from './exponential.ts';
import type { Pass } from './pass.ts';
import { BATCH_HEAD, BATCH_HEAD_PARAMETERS } from './pass.ts';

/** The parameters that a scores kernel is compiled for; everything else about a problem is an argument. */
export interface ScoresVariant {
  readonly form: BiasForm;
  readonly softcap: boolean;
}

const PARAMETERS: readonly string[] = [
  ...BATCH_HEAD_PARAMETERS,
  'query',
  'key',
  'queryRows',
  'keyRows',
  'tile',
  'tiles',
  'block',
  'blocks',
  'headDim',
  'scale',
  'hidden',
  'leastVisible',
  'minVisible',
  'maxVisible',
];

// queryRows: position, segment, row scale. keyRows: position, segment; padding has a segment that no query has.
export function scoresPass({ form, softcap }: ScoresVariant): Pass<string> {
  const bias = biasSource(form);
  return {
    name: 'scores',
    parameters: [...PARAMETERS, ...(softcap ? ['softcap', 'softcapInverse'] : []), ...bias.parameters],
    functions: softcap ? [EXP_NEGATIVE, HYPERBOLIC_TANGENT] : [],
    body: `${BATCH_HEAD}
  const queryLayer = this.thread.z * tiles + tile;
  const keyLayer = keyValueBatchHead * blocks + block;
  const queryRow = b * tiles + tile;
  const keyRow = b * blocks + block;
  let product = 0.0;
  for (let c = 0; c < headDim; c++) {
    product += query[queryLayer][this.thread.y][c] * key[keyLayer][this.thread.x][c];
  }
  let logit = product * scale;
  ${softcap ? 'logit = softcap * hyperbolicTangent(logit * softcapInverse);' : ''}
  const distance = queryRows[queryRow][0][this.thread.y] - keyRows[keyRow][0][this.thread.x];
  ${bias.lines}
  if (distance < minVisible) { return hidden; }
  if (distance > maxVisible) { return hidden; }
  if (queryRows[queryRow][1][this.thread.y] != keyRows[keyRow][1][this.thread.x]) { return hidden; }
  if (bias < leastVisible) { return hidden; }
  return Math.max(logit + bias, leastVisible);`,
  };
}
