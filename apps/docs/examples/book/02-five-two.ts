import { alibi } from '@relbias/bias-spec';

export const question = 'What is the bias at i = 5, j = 2 with beta = 0.1?';

const [i, j, beta] = [5, 2, 0.1];
const value = alibi({ heads: 1, beta }).value(0, i - j, i);

export const says = `-beta (i - j) = -${beta} × ${i - j} = ${Number(value.toPrecision(12))}.`;
