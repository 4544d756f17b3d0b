// What a subcommand of the program is.

export interface Command {
  /** Shown in the list of commands. */
  readonly summary: string;
  /** Shown by `relbias COMMAND --help`, lazily, because the option tables of all commands need not be built for one. */
  help(): string;
  /** Returns the exit status. Errors are the caller's to print. */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** The world a command runs in. */
export interface Context {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}
