// What a saboteur is.
import type { Backend } from '@relbias/bias-spec';

/** A backend with one deliberate mistake, and the case that must catch it. */
export interface Saboteur {
  readonly name: string;
  /** The mistake, as a reviewer would put it. */
  readonly what: string;
  backend(): Backend;
  /** The name of a case that fails because of the fault. */
  readonly caughtBy: string;
  /** A case next to it that does not touch the fault, and passes: so it is the fault that was caught. */
  readonly passes: string;
}
