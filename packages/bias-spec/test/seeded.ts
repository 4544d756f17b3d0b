// A repeatable source of uniform numbers for tests (Lehmer's generator, modulus 2^31 - 1).
import type { Random } from '../src/index.ts';

export function seeded(seed: number): Random {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** `count` uniform numbers in [-1, 1). */
export function signedNumbers(random: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => 2 * random() - 1);
}
