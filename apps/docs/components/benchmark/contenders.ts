// The contenders of the small benchmark: the fused kernels of this library, and the plain loop over a dense bias that people write.
import type { AttentionPlan, AttentionProblem, Backend } from '@relbias/bias-spec';
import { readBias } from '@relbias/bias-spec/backend';
import { createBackend } from 'relbias';

/** A contender that is ready for one problem. */
export interface Runner {
  run(): Promise<Float32Array>;
  /** The kernel and the device that ran. */
  readonly device: string;
  dispose(): void;
}

export interface Tensors {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

export interface Contender {
  readonly name: string;
  readonly title: string;
  /** Beyond this a round takes seconds. */
  readonly maxTokens: number;
  make(problem: AttentionProblem, plan: AttentionPlan, tensors: Tensors): Promise<Runner>;
}

export const CONTENDERS: readonly Contender[] = [
  { name: 'plain', title: 'plain loop, dense bias', maxTokens: 1024, make: makePlain },
  { name: 'wasm', title: 'relbias, WebAssembly', maxTokens: 4096, make: fused(() => createBackend('cpu:wasm')) },
  { name: 'webgl2', title: 'relbias, WebGL 2', maxTokens: 1024, make: fused(() => createBackend('gpu:webgl2')) },
  { name: 'webgpu', title: 'relbias, WebGPU', maxTokens: 1024, make: fused(() => createBackend('gpu:webgpu')) },
];

function fused(open: () => Promise<Backend>): Contender['make'] {
  return async (problem, _, { query, key, value }) => {
    const backend = await open();
    const prepared = await backend.prepare(problem);
    return {
      run: async () => (await prepared.run(query, key, value)).output.data,
      device: `${backend.ranOn.kernel}, ${backend.ranOn.device}`,
      dispose: () => void backend.dispose(),
    };
  };
}

/** As in programs whose lengths vary: every call writes the bias of all pairs to memory and reads it back. */
async function makePlain(_: AttentionProblem, plan: AttentionPlan, tensors: Tensors): Promise<Runner> {
  return { run: async () => attend(plan, denseBias(plan), tensors), device: 'JavaScript', dispose() {} };
}

/** [heads, queries, keys] of a bias that depends on the distance alone. */
function denseBias(plan: AttentionPlan): Float32Array {
  const { heads, queries, keys } = plan;
  const dense = new Float32Array(heads * queries * keys);
  return readBias(plan, {
    none: () => dense,
    'per-distance'({ values, minDistance, maxDistance }) {
      const span = maxDistance - minDistance + 1;
      for (let h = 0, at = 0; h < heads; h++) {
        for (let i = 0; i < queries; i++) {
          for (let j = 0; j < keys; j++) dense[at++] = values[h * span + i - j - minDistance];
        }
      }
      return dense;
    },
    'row-scaled'() {
      throw new Error('The plain loop expands tables by distance; this bias also depends on the row.');
    },
  });
}

/** Causal self-attention of one batch row. */
function attend({ heads, queries, keys, headDim, scale }: AttentionPlan, bias: Float32Array, tensors: Tensors): Float32Array {
  const { query, key, value } = tensors;
  const output = new Float32Array(query.length);
  const weights = new Float32Array(keys);
  for (let row = 0; row < heads * queries; row++) {
    const first = Math.floor(row / queries) * keys;
    const end = (row % queries) + 1;
    let max = -Infinity;
    for (let j = 0; j < end; j++) {
      let dot = 0;
      for (let c = 0; c < headDim; c++) dot += query[row * headDim + c] * key[(first + j) * headDim + c];
      weights[j] = scale * dot + bias[row * keys + j];
      max = Math.max(max, weights[j]);
    }
    let sum = 0;
    for (let j = 0; j < end; j++) sum += weights[j] = Math.exp(weights[j] - max);
    for (let j = 0; j < end; j++) {
      const weight = weights[j] / sum;
      for (let c = 0; c < headDim; c++) output[row * headDim + c] += weight * value[(first + j) * headDim + c];
    }
  }
  return output;
}
