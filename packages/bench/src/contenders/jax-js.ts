// jax-js on its WebAssembly backend, in its fastest form by measurement: matmul, softmax, matmul, with causal masks as -Infinity in the bias
// (compiled by `jit`, or as nn.dotProductAttention, it takes 10 % longer). In Node it has no Worker, so it runs on one thread.
import type { Contender } from '../contender.ts';
import { loadPeer } from '../peers.ts';
import { bothWays } from './peer.ts';

/** The parts of the library in use. A call consumes the arrays it takes; `ref` allows one more use. */
interface Jax {
  init(device: 'wasm'): Promise<readonly string[]>;
  defaultDevice(device: 'wasm'): void;
  readonly numpy: {
    array(data: Float32Array): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    transpose(a: JaxArray, axes: readonly number[]): JaxArray;
  };
  readonly nn: { softmax(scores: JaxArray, axis: number): JaxArray };
}

interface JaxArray {
  readonly ref: JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  mul(factor: number): JaxArray;
  add(other: JaxArray): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

const LIBRARY = '@jax-js/jax';

export const jaxJs: readonly Contender[] = bothWays<JaxArray>({
  name: 'jax-js wasm',
  library: LIBRARY,
  maxTokens: 2048,
  async open({ problem: { heads, queries, keys, headDim, scale }, ...inputs }) {
    const { init, defaultDevice, numpy: np, nn } = loadPeer(LIBRARY) as Jax;
    if (!(await init('wasm')).includes('wasm')) throw new Error('jax-js: its wasm backend does not start here');
    defaultDevice('wasm');
    const query = np.array(inputs.query).reshape([1, heads, queries, headDim]);
    const [key, value] = [inputs.key, inputs.value].map((data) => np.array(data).reshape([1, heads, keys, headDim]));
    return {
      load: (dense) => np.array(dense).reshape([1, heads, queries, keys]),
      attend(bias) {
        const columns = np.transpose(key.ref, [0, 1, 3, 2]);
        const scores = np.matmul(query.ref, columns).mul(scale).add(bias.ref);
        return np.matmul(nn.softmax(scores, -1), value.ref).data();
      },
      unload: (bias) => bias.dispose(),
    };
  },
});
