// What a bias defined over the past does with keys in the future. The published forms differ, so the choice has names.

/**
 * For distance < 0: `unsigned` reads |distance| (symmetric, for bidirectional use), `signed` continues the formula with its sign,
 * `zero` gives such keys no bias (which is what ALiBi and KERPLE say of distance 0). Under a causal mask all three are the same.
 */
export type FutureKeys = 'unsigned' | 'signed' | 'zero';

export const FUTURE_KEYS: readonly FutureKeys[] = ['unsigned', 'signed', 'zero'];

/** The distance that a formula sees under a choice. */
export function seenDistance(future: FutureKeys, distance: number): number {
  if (distance >= 0 || future === 'signed') return distance;
  return future === 'unsigned' ? -distance : 0;
}
