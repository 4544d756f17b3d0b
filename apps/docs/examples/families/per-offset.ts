// One learned number per head and offset, for up to 4 steps either way.
import { attention, perOffset, tensor } from 'relbias';

const heads = 8;
const shape = [1, heads, 6, 16]; // [batch, heads, tokens, headDim]
const size = heads * 6 * 16;
const wave = (phase: number) =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at * phase));
const [query, key, value] = [0.7, 1.1, 1.3].map((one) => tensor(wave(one), shape));

// [heads, 2 * maxDistance + 1]
const table = Float64Array.from({ length: heads * 9 }, (_, at) => Math.sin(at));
const bias = perOffset({ heads, maxDistance: 4, table });
const { output, ranOn } = await attention(query, key, value, { bias });

export const shown = {
  'bias at distance 1': bias.value(0, 1, 1),
  convention: bias.convention,
  'output of query 5': output.data.slice(5 * 16, 5 * 16 + 4),
  kernel: ranOn.kernel,
};
