// Swin: the six patches of a window of 2 rows and 3 columns.
import { attention, swin, tensor } from 'relbias';

const heads = 8;
const shape = [1, heads, 6, 16]; // [batch, heads, tokens, headDim]
const size = heads * 6 * 16;
const wave = (phase: number) =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at * phase));
const [query, key, value] = [0.7, 1.1, 1.3].map((one) => tensor(wave(one), shape));

// [(2 * 2 - 1) * (2 * 3 - 1), heads]
const table = Float64Array.from({ length: 15 * heads }, (_, at) => Math.sin(at));
const bias = swin({ heads, windowHeight: 2, windowWidth: 3, table });
const { output, ranOn } = await attention(query, key, value, { bias });

export const shown = {
  'bias one column back': bias.value(0, 1, 1),
  convention: bias.convention,
  'output of query 5': output.data.slice(5 * 16, 5 * 16 + 4),
  kernel: ranOn.kernel,
};
