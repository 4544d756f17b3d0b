// What a saboteur is.
import type { Backend } from '@relbias/bias-spec';

/** A backend with one deliberate mistake, and the case that must catch it. */
export interface Saboteur {
  readonly name: string;
  /** The mistake, in words. */
  readonly what: string;
  backend(): Backend;
  /** The name of a case that fails because of the fault. */
  readonly caughtBy: string;
  /** A similar case that the fault does not affect, and that must pass: it shows that the fault is what was caught. */
  readonly passes: string;
}
