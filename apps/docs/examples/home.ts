import { alibi, attention, tensor } from 'relbias';

const shape = [1, 8, 128, 64]; // [batch, heads, tokens, channels]
const random = () =>
  tensor(Float32Array.from({ length: 8 * 128 * 64 }, Math.random), shape);

const { output, ranOn } = await attention(random(), random(), random(), {
  bias: alibi({ heads: 8 }),
  mask: { causal: true },
});
console.log(output.shape, ranOn.kernel); // [1, 8, 128, 64] 'wasm'
