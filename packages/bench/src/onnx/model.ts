// An ONNX model without weights, as bytes: float32 inputs of fixed shape, a list of nodes, float32 outputs. Field numbers are
// those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
import type { Field } from './protobuf.ts';
import { encode, float, integer, message, text } from './protobuf.ts';

/** Shapes by name, in the order they are declared. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

interface Node {
  readonly operator: string;
  /** Empty: the standard operators. */
  readonly domain?: string;
  /** Names of tensors; '' leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Attributes;
}

/** The attributes of a node, by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

type Attribute = { readonly float: number } | { readonly integer: number } | { readonly integers: readonly number[] };

export interface Model {
  readonly inputs: Shapes;
  readonly nodes: readonly Node[];
  readonly outputs: Shapes;
}

/** The version of the format that came with opset 23. */
const IR_VERSION = 11;
/** The first opset with the operator Attention. */
const OPSET = 23;
const CONTRIB_DOMAIN = 'com.microsoft';

/** TensorProto.DataType */
const FLOAT = 1;

/** The model's file, as bytes. */
export function encodeModel({ inputs, nodes, outputs }: Model): Uint8Array {
  const graph = [
    ...nodes.map((node) => message(1, nodeProto(node))),
    text(2, 'attention'),
    ...Object.entries(inputs).map(([name, shape]) => message(11, valueInfo(name, shape))),
    ...Object.entries(outputs).map(([name, shape]) => message(12, valueInfo(name, shape))),
  ];
  return encode([
    integer(1, IR_VERSION),
    text(2, 'relbias bench'),
    message(7, graph),
    message(8, [text(1, ''), integer(2, OPSET)]),
    message(8, [text(1, CONTRIB_DOMAIN), integer(2, 1)]),
  ]);
}

function nodeProto({ operator, domain, inputs, output, attributes = {} }: Node): Field[] {
  return [
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, operator),
    ...Object.entries(attributes).map(([name, attribute]) => message(5, [text(1, name), ...attributeValue(attribute)])),
    ...(domain === undefined ? [] : [text(7, domain)]),
  ];
}

/** The value and AttributeProto.AttributeType. */
function attributeValue(attribute: Attribute): Field[] {
  if ('float' in attribute) return [float(2, attribute.float), integer(20, 1)];
  if ('integer' in attribute) return [integer(3, attribute.integer), integer(20, 2)];
  return [...attribute.integers.map((one) => integer(8, one)), integer(20, 7)];
}

function valueInfo(name: string, shape: readonly number[]): Field[] {
  const dimensions = shape.map((size) => message(1, [integer(1, size)]));
  return [text(1, name), message(2, [message(1, [integer(1, FLOAT), message(2, dimensions)])])];
}
