// Reproducible pass 1: the logit of every pair of the tile and the block, base 2 in units of 2^-16, [block, tile, batchHeads]. Rules 4 and 5 of
// docs/numerics.md, except for the rounding down, which the next pass does: here a compiler could fuse it with the product. Logits below the
// smallest one are not clamped, because their weight is 0 in any case.
import { TABLE_LINES, TABLE_PARAMETERS } from './bias.ts';
import type { Pass } from './pass.ts';
import { BATCH_HEAD, BATCH_HEAD_PARAMETERS } from './pass.ts';

/** Where the prepared bias comes from: a table by distance, or an array that the host computed for this tile and block. */
export type PreparedForm = 'table' | 'stored';

const PARAMETERS: readonly string[] = [
  ...BATCH_HEAD_PARAMETERS,
  'query',
  'key',
  'tile',
  'tiles',
  'block',
  'blocks',
  'terms',
  'logitScale',
  'leastLogit',
  'largestLogit',
];

const FORMS: Readonly<Record<PreparedForm, { readonly parameters: readonly string[]; readonly lines: string }>> = {
  table: {
    parameters: ['queryRows', 'keyRows', 'headLayers', ...TABLE_PARAMETERS],
    lines: `
  const queryRow = b * tiles + tile;
  const keyRow = b * blocks + block;
  if (queryRows[queryRow][1][this.thread.y] != keyRows[keyRow][1][this.thread.x]) { return leastLogit; }
  const distance = queryRows[queryRow][0][this.thread.y] - keyRows[keyRow][0][this.thread.x];
  ${TABLE_LINES}
  const layer = head * headLayers;
  const bias = table[layer][tableRow][tableColumn];`,
  },
  stored: { parameters: ['stored'], lines: 'const bias = stored[this.thread.z][this.thread.y][this.thread.x];' },
};

/** Products are exact, so fusing them with the sum changes nothing. Hidden pairs have a bias that moves any score below `leastLogit`. */
export function fixedLogitsPass(form: PreparedForm): Pass<string> {
  const { parameters, lines } = FORMS[form];
  return {
    name: 'fixedLogits',
    parameters: [...PARAMETERS, ...parameters],
    functions: [],
    body: `${BATCH_HEAD}
  const queryLayer = this.thread.z * tiles + tile;
  const keyLayer = keyValueBatchHead * blocks + block;
  ${lines}
  let score = 0.0;
  for (let c = 0; c < terms; c++) {
    score += query[queryLayer][this.thread.y][c] * key[keyLayer][this.thread.x][c];
  }
  return Math.min((score + bias) * logitScale, largestLogit);`,
  };
}
