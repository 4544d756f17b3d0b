// One attention with each form of bias on each CPU kernel, as a user would write it. Node and the pages run this same file, so their numbers
// can be compared. The variants of the kernel `wasm` round differently, and which is fastest depends on the engine, so one is pinned.
import { createCpuBackend } from '@relbias/kernels-cpu';
import { BACKEND_NAMES, alibi, attention, fire, none, tensor } from 'relbias';

const [heads, tokens, headDim] = [2, 70, 16];

const BIASES = {
  none: none(),
  alibi: alibi({ heads }),
  fire: fire({ heads, w1: [1, -1], b1: [0, 0.5], w2: [-2, 1, 0.5, -1], b2: [0, 0.25], threshold: 8 }),
};

/** Numbers between -1 and 1 that look random and are the same everywhere. */
function numbers(seed) {
  const data = Float32Array.from({ length: heads * tokens * headDim }, (_, index) => ((index + 1) * seed) % 2001);
  return tensor(
    data.map((one) => one / 1000 - 1),
    [1, heads, tokens, headDim],
  );
}

/** { 'cpu:naive none': [numbers], ... } */
export async function attendOnCpu() {
  const [query, key, value] = [7919, 104_729, 611_953].map(numbers);
  const outputs = {};
  const simd = await createCpuBackend({ variant: 'simd' });
  const backends = BACKEND_NAMES.filter((name) => name.split(':')[0] === 'cpu');
  for (const backendName of backends) {
    const backend = backendName === 'cpu' || backendName === 'cpu:wasm' ? simd : backendName;
    for (const [name, bias] of Object.entries(BIASES)) {
      const { output } = await attention(query, key, value, { bias, backend, mask: { causal: true } });
      outputs[`${backendName} ${name}`] = [...output.data];
    }
  }
  return outputs;
}
