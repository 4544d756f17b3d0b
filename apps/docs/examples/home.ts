import { alibi, attention, tensor } from 'relbias';

// batch, heads, tokens, headDim
const shape = [1, 8, 128, 64];
const numbers = new Float32Array(65536).map(Math.random);
const x = tensor(numbers, shape);

const { output } = await attention(x, x, x, {
  bias: alibi({ heads: 8 }),
  mask: { causal: true },
});
console.log(output.shape); // [1, 8, 128, 64]
