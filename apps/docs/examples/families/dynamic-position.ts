// A network from distance to one bias per head: 1 -> 4 -> heads.
import { attention, dynamicPosition, tensor } from 'relbias';

const heads = 8;
const shape = [1, heads, 6, 16]; // [batch, heads, tokens, headDim]
const size = heads * 6 * 16;
const wave = (phase: number) =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at * phase));
const [query, key, value] = [0.7, 1.1, 1.3].map((one) => tensor(wave(one), shape));

const first = { weight: [1, -1, 0.5, 2], bias: [0, 0.5, 0.1, -0.2] };
const last = {
  weight: Float64Array.from({ length: heads * 4 }, (_, at) => Math.sin(at)),
  bias: new Float64Array(heads),
};
const bias = dynamicPosition({ heads, layers: [first, last], logDistance: true });
const { output, ranOn } = await attention(query, key, value, { bias });

export const shown = {
  'bias at distance 4': bias.value(0, 4, 4),
  convention: bias.convention,
  'output of query 5': output.data.slice(5 * 16, 5 * 16 + 4),
  kernel: ranOn.kernel,
};
