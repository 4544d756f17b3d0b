// Integers of variable length as in protobuf and WebAssembly (LEB128): seven bits per byte, lowest first, with the top bit set on all bytes but the last.

/** @param value - an integer from 0 to 2^53 - 1. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
