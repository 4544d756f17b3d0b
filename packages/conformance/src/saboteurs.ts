// Backends that are wrong on purpose: naive float32 attention with one fault each. They show that the suite catches these faults.
import type { Backend } from '@relbias/bias-spec';
import { naiveBackend } from './naive-backend.ts';
import { arithmeticSaboteurs } from './saboteurs/arithmetic.ts';
import { behaviourSaboteurs } from './saboteurs/behaviour.ts';
import { biasSaboteurs } from './saboteurs/bias.ts';
import { gradientSaboteurs } from './saboteurs/gradient.ts';
import { interactionSaboteurs } from './saboteurs/interactions.ts';
import { memorySaboteurs } from './saboteurs/remembering.ts';
import { sizeSaboteurs } from './saboteurs/sizes.ts';
export { bitsSaboteurs } from './saboteurs/bits.ts';
import { maskSaboteurs } from './saboteurs/mask.ts';
import type { Saboteur } from './saboteurs/saboteur.ts';

export type { Saboteur } from './saboteurs/saboteur.ts';

/** All saboteurs, each caught by the case it names. */
export const saboteurs: readonly Saboteur[] = [
  ...biasSaboteurs,
  ...maskSaboteurs,
  ...arithmeticSaboteurs,
  ...behaviourSaboteurs,
  ...sizeSaboteurs,
  ...interactionSaboteurs,
  ...memorySaboteurs,
  ...gradientSaboteurs,
];

/** The backend that the saboteurs are made from, without a fault: it passes every case. */
export function withoutFault(): Backend {
  return naiveBackend();
}
