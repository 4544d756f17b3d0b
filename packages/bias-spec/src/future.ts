// How a bias that is defined over the past treats keys in the future. Published forms differ, so each has a name.

/**
 * For distance < 0: `unsigned` reads |distance| (symmetric, for bidirectional use), `signed` continues the formula with the sign,
 * `zero` gives such keys no bias (the value of ALiBi and KERPLE at distance 0). Under a causal mask all three are the same.
 */
export type FutureKeys = 'unsigned' | 'signed' | 'zero';

export const FUTURE_KEYS: readonly FutureKeys[] = ['unsigned', 'signed', 'zero'];

/** The distance that a formula reads under this choice. */
export function seenDistance(future: FutureKeys, distance: number): number {
  if (distance >= 0 || future === 'signed') return distance;
  return future === 'unsigned' ? -distance : 0;
}
