import { alibi } from '@relbias/bias-spec';

export const question = 'Which penalties does query 4 give keys 0 to 4?';

const bias = alibi({ heads: 1, beta: 1 }); // in units of beta
const keys = [0, 1, 2, 3, 4];
const penalties = keys.map((j) => bias.value(0, 4 - j, 4));

export const table = {
  header: ['key j', ...keys],
  rows: [['bias / beta', ...penalties]],
};
export const says = `Times beta: ${penalties.join(', ')}. The token itself has no penalty; each step back adds one beta.`;
