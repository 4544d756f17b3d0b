// The ways to express attention with an additive bias in ONNX. Inputs: query, key, value, bias [1, heads, queries, keys]. The mask is -Infinity in
// the bias.
import type { BenchCase } from '../cases.ts';
import type { Attributes, Model, Shapes } from './model.ts';

interface Sizes {
  readonly headsFirst: readonly number[];
  readonly keysHeadsFirst: readonly number[];
  readonly tokensFirst: readonly number[];
  readonly pairs: readonly number[];
}

function sizes({ problem: { heads, keyValueHeads, queries, keys, headDim } }: BenchCase): Sizes {
  return {
    headsFirst: [1, heads, queries, headDim],
    keysHeadsFirst: [1, keyValueHeads, keys, headDim],
    tokensFirst: [1, queries, heads * headDim],
    pairs: [1, heads, queries, keys],
  };
}

function inputsOf({ headsFirst, keysHeadsFirst, pairs }: Sizes): Shapes {
  return { query: headsFirst, key: keysHeadsFirst, value: keysHeadsFirst, bias: pairs };
}

/** The standard operator, since opset 23: its mask is added to the scaled scores. Groups of query heads share key heads. */
export function attentionOperator(benchCase: BenchCase): Model {
  return attentionModel(benchCase, {});
}

/** The same with the causal attribute, which hides keys after the query; positions of both count from 0. */
export function causalAttentionOperator(benchCase: BenchCase): Model {
  return attentionModel(benchCase, { is_causal: { integer: 1 } });
}

function attentionModel(benchCase: BenchCase, more: Attributes): Model {
  const shapes = sizes(benchCase);
  const attributes = { scale: { float: benchCase.problem.scale }, ...more };
  return {
    inputs: inputsOf(shapes),
    nodes: [{ operator: 'Attention', inputs: ['query', 'key', 'value', 'bias'], output: 'output', attributes }],
    outputs: { output: shapes.headsFirst },
  };
}

/** ONNX Runtime's own operator. It wants queries as [1, queries, heads * headDim] and gives its output so. */
export function multiHeadAttention(benchCase: BenchCase): Model {
  const shapes = sizes(benchCase);
  const attributes = { num_heads: { integer: benchCase.problem.heads }, scale: { float: benchCase.problem.scale } };
  const inputs = ['query', 'key', 'value', '', '', 'bias'];
  return {
    inputs: { ...inputsOf(shapes), query: shapes.tokensFirst },
    nodes: [{ operator: 'MultiHeadAttention', domain: 'com.microsoft', inputs, output: 'output', attributes }],
    outputs: { output: shapes.tokensFirst },
  };
}

/** Attention spelled out, the scale as a factor of the scores. */
export function plainGraph(benchCase: BenchCase): Model {
  const shapes = sizes(benchCase);
  const scale = { value_float: { float: benchCase.problem.scale } };
  return {
    inputs: inputsOf(shapes),
    nodes: [
      { operator: 'Transpose', inputs: ['key'], output: 'columns', attributes: { perm: { integers: [0, 1, 3, 2] } } },
      { operator: 'MatMul', inputs: ['query', 'columns'], output: 'products' },
      { operator: 'Constant', inputs: [], output: 'scale', attributes: scale },
      { operator: 'Mul', inputs: ['products', 'scale'], output: 'scaled' },
      { operator: 'Add', inputs: ['scaled', 'bias'], output: 'scores' },
      { operator: 'Softmax', inputs: ['scores'], output: 'weights', attributes: { axis: { integer: 3 } } },
      { operator: 'MatMul', inputs: ['weights', 'value'], output: 'output' },
    ],
    outputs: { output: shapes.headsFirst },
  };
}
