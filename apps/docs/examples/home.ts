import { alibi, attention, tensor } from 'relbias';

// batch, heads, tokens, channels
const shape = [1, 8, 128, 64];
const random = () => tensor(new Float32Array(65536).map(Math.random), shape);
const [q, k, v] = [random(), random(), random()];

const { output } = await attention(q, k, v, {
  bias: alibi({ heads: 8 }),
  mask: { causal: true },
});
console.log(output.shape); // [1, 8, 128, 64]
