// The one way a command refuses its arguments: a line that says what was got and what is accepted.

/** A command line that cannot be served. Printed as one line; the exit status is 2. */
export class UsageError extends Error {
  constructor(what: string, got: string, wanted: string) {
    super(`${what}: got ${got}, wanted ${wanted}`);
    this.name = 'UsageError';
  }
}
