// The models' bytes, read back by the rules of the wire format and the field numbers of onnx.proto.
import { expect, test } from 'vitest';
import type { CaseName } from '../src/cases.ts';
import { makeCase } from '../src/cases.ts';
import { attentionOperator, causalAttentionOperator, multiHeadAttention, plainGraph } from '../src/onnx/attention.ts';
import { encodeModel } from '../src/onnx/model.ts';
import { encode, float, integer, message, text } from '../src/onnx/protobuf.ts';

/** What each field number of a message holds, in order: numbers, and bytes of strings and messages. */
type Fields = Map<number, (number | Uint8Array)[]>;

function read(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    const byte = bytes[at++];
    return byte < 128 ? byte : byte - 128 + 128 * varint();
  };
  const content = (wireType: number): number | Uint8Array => {
    if (wireType === 0) return varint();
    if (wireType === 2) {
      const length = varint();
      return bytes.subarray(at, (at += length));
    }
    expect(wireType).toBe(5);
    return view.getFloat32((at += 4) - 4, true);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = tag >> 3;
    fields.set(number, [...(fields.get(number) ?? []), content(tag & 7)]);
  }
  expect(at).toBe(bytes.length);
  return fields;
}

const messages = (fields: Fields, number: number): Fields[] => (fields.get(number) ?? []).map((one) => read(one as Uint8Array));
const texts = (fields: Fields, number: number): string[] =>
  (fields.get(number) ?? []).map((one) => new TextDecoder().decode(one as Uint8Array));

/** ValueInfoProto: a name, and float32 of a shape. */
function tensorOf(value: Fields): string {
  const [tensor] = messages(messages(value, 2)[0], 1);
  const dimensions = messages(messages(tensor, 2)[0], 1).flatMap((dimension) => dimension.get(1));
  return `${texts(value, 1)[0]} ${tensor.get(1)?.[0] === 1 ? 'float32' : 'other'} [${dimensions.join(', ')}]`;
}

/** A NodeProto in readable form. */
function nodeOf(node: Fields): string {
  const attributes = messages(node, 5).map((one) => {
    // AttributeProto.AttributeType: float, integer, integers.
    const value = { 1: one.get(2), 2: one.get(3), 7: one.get(8) }[Number(one.get(20)?.[0])];
    return `${texts(one, 1)[0]}=${value?.join(' ')}`;
  });
  const name = [...texts(node, 7), ...texts(node, 4)].join('.');
  return `${texts(node, 2).join(', ')} = ${name}(${[...texts(node, 1).map((input) => input || '-'), ...attributes].join(', ')})`;
}

const benchCase = makeCase('alibi-causal', 300);
const HEADS_FIRST = '[1, 8, 300, 64]';

test.each([
  ['Attention', attentionOperator, HEADS_FIRST, ['output = Attention(query, key, value, bias, scale=0.125)']],
  [
    'Attention, told of the mask',
    causalAttentionOperator,
    HEADS_FIRST,
    ['output = Attention(query, key, value, bias, scale=0.125, is_causal=1)'],
  ],
  [
    'MultiHeadAttention',
    multiHeadAttention,
    '[1, 300, 512]',
    ['output = com.microsoft.MultiHeadAttention(query, key, value, -, -, bias, num_heads=8, scale=0.125)'],
  ],
  [
    'the plain graph',
    plainGraph,
    HEADS_FIRST,
    [
      'columns = Transpose(key, perm=0 1 3 2)',
      'products = MatMul(query, columns)',
      'scale = Constant(value_float=0.125)',
      'scaled = Mul(products, scale)',
      'scores = Add(scaled, bias)',
      'weights = Softmax(scores, axis=3)',
      'output = MatMul(weights, value)',
    ],
  ],
])('%s', (_, makeModel, queryShape, nodes) => {
  const model = read(encodeModel(makeModel(benchCase)));
  expect(model.get(1)).toEqual([11]);
  expect(messages(model, 8).map((one) => [...texts(one, 1), one.get(2)?.[0]])).toEqual([
    ['', 23],
    ['com.microsoft', 1],
  ]);
  const [graph] = messages(model, 7);
  expect(messages(graph, 1).map(nodeOf)).toEqual(nodes);
  expect(messages(graph, 11).map(tensorOf)).toEqual([
    `query float32 ${queryShape}`,
    `key float32 ${HEADS_FIRST}`,
    `value float32 ${HEADS_FIRST}`,
    'bias float32 [1, 8, 300, 300]',
  ]);
  expect(messages(graph, 12).map(tensorOf)).toEqual([`output float32 ${queryShape}`]);
});

test('one query with many keys, and shared key/value heads', () => {
  const inputsOf = (name: CaseName): string[] =>
    messages(messages(read(encodeModel(attentionOperator(makeCase(name, 300)))), 7)[0], 11).map(tensorOf);
  expect(inputsOf('alibi-decode')).toEqual([
    'query float32 [1, 8, 1, 64]',
    `key float32 ${HEADS_FIRST}`,
    `value float32 ${HEADS_FIRST}`,
    'bias float32 [1, 8, 1, 300]',
  ]);
  expect(inputsOf('alibi-grouped').slice(0, 2)).toEqual([`query float32 ${HEADS_FIRST}`, 'key float32 [1, 2, 300, 64]']);
});

// https://protobuf.dev/programming-guides/encoding: its first message, its string, its embedded message, and a float.
test('known bytes', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  expect(hex(encode([integer(1, 150)]))).toBe('089601');
  expect(hex(encode([text(2, 'testing')]))).toBe('120774657374696e67');
  expect(hex(encode([message(3, [integer(1, 150)])]))).toBe('1a03089601');
  expect(hex(encode([float(2, 1)]))).toBe('150000803f');
  expect(() => integer(1, -1)).toThrow('protobuf field 1: got -1, want a whole number from 0 to 2^53 - 1');
});
