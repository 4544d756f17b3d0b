// TensorFlow.js on its WebAssembly backend, in its fastest form by measurement: matMul with a transposed second operand (a separate transpose takes
// 50 % longer), the scale applied to the scores, causal masks as -Infinity in the bias.
import type { Contender } from '../contender.ts';
import { loadPeer } from '../peers.ts';
import { bothWays } from './peer.ts';

/** The parts of the two libraries in use. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  tidy(compute: () => TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  mul(a: TfTensor, b: number): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  softmax(scores: TfTensor): TfTensor;
}

interface WasmBackend {
  setThreadsCount(count: number): void;
}

interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

const LIBRARY = '@tensorflow/tfjs-backend-wasm';

export const tfjs: readonly Contender[] = bothWays<TfTensor>({
  name: 'tfjs-wasm',
  library: LIBRARY,
  maxTokens: 1024,
  async open({ problem: { heads, queries, keys, headDim, scale }, ...inputs }) {
    const tf = loadPeer('@tensorflow/tfjs-core') as TensorFlow;
    (loadPeer(LIBRARY) as WasmBackend).setThreadsCount(1);
    if (!(await tf.setBackend('wasm'))) throw new Error('tfjs: its wasm backend does not start here');
    const query = tf.tensor(inputs.query, [1, heads, queries, headDim]);
    const [key, value] = [inputs.key, inputs.value].map((data) => tf.tensor(data, [1, heads, keys, headDim]));
    return {
      load: (dense) => tf.tensor(dense, [1, heads, queries, keys]),
      attend(bias) {
        const output = tf.tidy(() => {
          const scores = tf.add(tf.mul(tf.matMul(query, key, false, true), scale), bias);
          return tf.matMul(tf.softmax(scores), value);
        });
        const data = output.dataSync();
        output.dispose();
        return data;
      },
      unload: (bias) => bias.dispose(),
    };
  },
});
