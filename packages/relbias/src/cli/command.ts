// The interface of a subcommand.

export interface Command {
  /** Shown in the list of commands. */
  readonly summary: string;
  /** Shown by `relbias COMMAND --help`. The arguments may name a family, whose options are then listed. */
  help(args: readonly string[]): Promise<string>;
  /** Returns the exit status. Errors are printed by the caller. */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** The streams of a command, and the signal by which the user interrupts it. */
export interface Context {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}
