// KERPLE, power, with two learned numbers per head.
import { attention, kerplePower, tensor } from 'relbias';

const heads = 8;
const shape = [1, heads, 6, 16]; // [batch, heads, tokens, headDim]
const size = heads * 6 * 16;
const wave = (phase: number) =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at * phase));
const [query, key, value] = [0.7, 1.1, 1.3].map((one) => tensor(wave(one), shape));

const bias = kerplePower({
  heads,
  r1: new Float64Array(heads).fill(1),
  r2: new Float64Array(heads).fill(0.5),
});
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
