// Whole numbers of variable length, as protobuf and WebAssembly write them (LEB128): seven bits to a byte, lowest first, the top bit set
// on all bytes but the last.

/** Of a whole number from 0 to 2^53 - 1. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
