// A bucket function of your own: near, middle, far.
import { attention, bucketed, tensor } from 'relbias';

const heads = 8;
const shape = [1, heads, 6, 16]; // [batch, heads, tokens, headDim]
const size = heads * 6 * 16;
const wave = (phase: number) =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at * phase));
const [query, key, value] = [0.7, 1.1, 1.3].map((one) => tensor(wave(one), shape));

const bucket = (distance: number) =>
  Math.abs(distance) < 2 ? 0 : Math.abs(distance) < 4 ? 1 : 2;
// [buckets, heads]
const table = Float64Array.from({ length: 3 * heads }, (_, at) => Math.sin(at));
const bias = bucketed({ heads, buckets: 3, bucket, table });
const { output, ranOn } = await attention(query, key, value, { bias });

export const shown = {
  'bias at distance 5': bias.value(0, 5, 5),
  convention: bias.convention,
  'output of query 5': output.data.slice(5 * 16, 5 * 16 + 4),
  kernel: ranOn.kernel,
};
