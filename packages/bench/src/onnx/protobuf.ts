// The part of the protobuf wire format that an ONNX model without weights needs: a message is a list of fields, each a tag (number and
// wire type) and its content. Writing only. https://protobuf.dev/programming-guides/encoding
import { varint } from '../varint.ts';

/** One field, encoded. */
export type Field = readonly number[];

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

function tag(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

/** int32, int64 or an enum; not negative. */
export function integer(field: number, value: number): Field {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`protobuf field ${field}: got ${value}, want a whole number from 0 to 2^53 - 1`);
  }
  return [...tag(field, VARINT), ...varint(value)];
}

/** A float32. */
export function float(field: number, value: number): Field {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value, true);
  return [...tag(field, FIXED32), ...new Uint8Array(bytes.buffer)];
}

/** A string. */
export function text(field: number, value: string): Field {
  return delimited(field, [...new TextEncoder().encode(value)]);
}

/** A message inside a message. */
export function message(field: number, fields: readonly Field[]): Field {
  return delimited(field, fields.flat());
}

/** The bytes of an outermost message. */
export function encode(fields: readonly Field[]): Uint8Array {
  return Uint8Array.from(fields.flat());
}

function delimited(field: number, content: readonly number[]): Field {
  return [...tag(field, LENGTH_DELIMITED), ...varint(content.length), ...content];
}
