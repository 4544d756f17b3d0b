// Seeded test data: the same numbers for the same text on every engine. Not for any other use.
import type { Random } from '@relbias/bias-spec';

/** A source of uniform numbers seeded by a text, usually a case name (FNV-1a into mulberry32). */
export function seeded(text: string): Random {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Roughly normal: mean 0, standard deviation 1, at most 3.5 in magnitude. A sum of four uniform numbers, because Box-Muller needs a logarithm
 * and a cosine, whose bits depend on the engine.
 */
export function bellShaped(random: Random): number {
  return Math.sqrt(3) * (random() + random() + random() + random() - 2);
}
