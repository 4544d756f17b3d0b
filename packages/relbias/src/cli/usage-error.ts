// The errors by which a command refuses its arguments: one line that says what was got and what is accepted.

/** A refusal in words of its own. Printed as one line; the exit status is 2. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
}

/** A command line that cannot be run as given. */
export class UsageError extends Refusal {
  override readonly name: string = 'UsageError';

  /** @param hint - how to fix it, if that does not follow from `wanted`. */
  constructor(what: string, got: string, wanted: string, hint?: string) {
    super(`${what}: got ${got}, wanted ${wanted}${hint === undefined ? '' : `. ${hint}`}`);
  }
}
