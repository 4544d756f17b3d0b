// ONNX Runtime in Node (native code) and in WebAssembly, which have the same API. In Node it runs the standard operator Attention, with and without
// its causal attribute, and its own MultiHeadAttention; ratios use the fastest. In WebAssembly it runs the graph of basic operators, which is as
// fast as either.
import type { BenchCase } from '../cases.ts';
import type { Contender } from '../contender.ts';
import { tokensFirst } from '../layout.ts';
import { attentionOperator, causalAttentionOperator, multiHeadAttention, plainGraph } from '../onnx/attention.ts';
import type { Model } from '../onnx/model.ts';
import { encodeModel } from '../onnx/model.ts';
import { loadPeer } from '../peers.ts';
import type { Peer } from './peer.ts';
import { bothWays, hasOwnKeyHeads } from './peer.ts';

/** The parts of the library in use. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OnnxTensor;
}

interface OnnxTensor {
  readonly data: Float32Array;
}

interface Session {
  run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<'output', OnnxTensor>>>;
}

const ONE_THREAD = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' };

type MakeModel = (benchCase: BenchCase) => Model;

function peer(name: string, library: string, makeModel: MakeModel, takes?: Peer<OnnxTensor>['takes']): Peer<OnnxTensor> {
  return {
    name,
    library,
    maxTokens: 4096,
    takes,
    async open(benchCase) {
      const { env, InferenceSession, Tensor } = loadPeer(library) as OnnxRuntime;
      env.wasm.numThreads = 1;
      const model = makeModel(benchCase);
      const session = await InferenceSession.create(encodeModel(model), { ...ONE_THREAD, graphOptimizationLevel: 'all' });
      const tensor = (data: Float32Array, input: string): OnnxTensor => new Tensor('float32', data, model.inputs[input]);
      const isTokensFirst = model.outputs['output'].length === 3;
      const query = isTokensFirst ? tokensFirst(benchCase) : benchCase.query;
      const inputs = {
        query: tensor(query, 'query'),
        key: tensor(benchCase.key, 'key'),
        value: tensor(benchCase.value, 'value'),
      };
      return {
        layout: isTokensFirst ? 'tokens first' : 'heads first',
        load: (dense) => tensor(dense, 'bias'),
        attend: async (bias) => (await session.run({ ...inputs, bias })).output.data,
        unload: () => {},
      };
    },
  };
}

function isSquareAndCausal(benchCase: BenchCase): boolean {
  const { queries, keys, mask } = benchCase.problem;
  return mask?.causal === true && queries === keys && hasOwnKeyHeads(benchCase);
}

export const onnxRuntime: readonly Contender[] = [
  peer('ORT-node Attention', 'onnxruntime-node', attentionOperator, () => true),
  peer('ORT-node Attention is_causal', 'onnxruntime-node', causalAttentionOperator, isSquareAndCausal),
  peer('ORT-node MultiHeadAttention', 'onnxruntime-node', multiHeadAttention),
  peer('ORT-web', 'onnxruntime-web', plainGraph),
].flatMap(bothWays);
