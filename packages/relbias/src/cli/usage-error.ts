// The one way a command refuses its arguments: a line that says what was got and what is accepted.

/** A refusal in words of its own. Printed as one line; the exit status is 2. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
}

/** A command line that cannot be served. */
export class UsageError extends Refusal {
  override readonly name: string = 'UsageError';

  constructor(what: string, got: string, wanted: string) {
    super(`${what}: got ${got}, wanted ${wanted}`);
  }
}
