// T5 attention: scores are not divided by sqrt(d); the table is [buckets, heads], as in
// Hugging Face's checkpoints.
import { attention, t5, t5Bucket, tensor } from 'relbias';

const heads = 8;
const shape = [1, heads, 6, 16]; // [batch, heads, tokens, headDim]
const size = heads * 6 * 16;
const wave = (phase: number) =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at * phase));
const [query, key, value] = [0.7, 1.1, 1.3].map((one) => tensor(wave(one), shape));

// relative_attention_bias.weight
const table = Float64Array.from({ length: 32 * heads }, (_, at) => Math.sin(at));
const bias = t5({ heads, table });
const { output, ranOn } = await attention(query, key, value, { bias });

export const shown = {
  'bucket of distance 40': t5Bucket()(40),
  convention: bias.convention,
  'output of query 5': output.data.slice(5 * 16, 5 * 16 + 4),
  kernel: ranOn.kernel,
};
