// A page with the GPU package: the conformance suite on WebGL2, then one call of `attention`.
import { findCase } from '@relbias/conformance';
import { createGpuBackend } from '@relbias/kernels-gpu';
import { alibi, attention, tensor } from 'relbias';

const CASES = ['attention/none', 'attention/alibi:causal', 'attention/fire:causal'];

async function judge() {
  const backend = await createGpuBackend({ mode: 'webgl2' });
  const verdicts = {};
  for (const name of CASES) verdicts[name] = await findCase(name).judge(backend, {});
  await backend.dispose();
  return { ranOn: backend.ranOn, verdicts };
}

/** Two causal tokens: the first sees only itself, so its output is its value. */
async function attend() {
  const two = tensor(Float32Array.of(1, 2), [1, 1, 2, 1]);
  const { output, ranOn } = await attention(two, two, two, {
    bias: alibi({ heads: 1 }),
    mask: { causal: true },
    backend: 'gpu:webgl2',
  });
  return { first: output.data[0], ranOn };
}

globalThis.answer = (async () => ({ judged: await judge(), attended: await attend() }))();
