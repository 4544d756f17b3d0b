// FIRE with a network of 4 hidden units; a trained model brings its own weights.
import { attention, fire, tensor } from 'relbias';

const heads = 8;
const shape = [1, heads, 6, 16]; // [batch, heads, tokens, headDim]
const size = heads * 6 * 16;
const wave = (phase: number) =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at * phase));
const [query, key, value] = [0.7, 1.1, 1.3].map((one) => tensor(wave(one), shape));

const w1 = [1, -1, 0.5, 2];
const b1 = [0, 0.5, 0.1, -0.2];
// [heads, width]
const w2 = Float64Array.from({ length: heads * 4 }, (_, at) => Math.sin(at));
const bias = fire({ heads, w1, b1, w2, b2: new Float64Array(heads) });
const { output, ranOn } = await attention(query, key, value, {
  bias,
  mask: { causal: true },
});

export const shown = {
  'bias at distance 4': bias.value(0, 4, 4),
  convention: bias.convention,
  'output of query 5': output.data.slice(5 * 16, 5 * 16 + 4),
  kernel: ranOn.kernel,
};
