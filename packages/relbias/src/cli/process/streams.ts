// What becomes of a standard stream that cannot be written: a reader that left is no error, a full disk is one, said in a line.

/** Answers the errors of both streams; anything but a reader that left ends the program with status 1. */
export function watchStreams(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): void {
  const answer = (name: string) => (error: NodeJS.ErrnoException) => {
    // `relbias conform | head -1`: nobody reads on, but the exit status and the file of --json still say how it went.
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
    if (name !== 'standard error') stderr.write(`relbias: got ${name} that cannot be written (${error.code ?? error.message})\n`);
    process.exit(1);
  };
  stdout.on('error', answer('standard output'));
  stderr.on('error', answer('standard error'));
}
