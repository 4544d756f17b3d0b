// Handles standard streams that cannot be written: a reader that left is not an error, a full disk is.

/** Watches both streams for errors. Any error but a reader that left ends the program with status 1. */
export function watchStreams(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): void {
  const answer = (name: string) => (error: NodeJS.ErrnoException) => {
    // `relbias conform | head -1`: the run goes on for its exit status and the file of --json.
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
    if (name !== 'standard error') stderr.write(`relbias: ${name} cannot be written (${error.code ?? error.message})\n`);
    process.exit(1);
  };
  stdout.on('error', answer('standard output'));
  stderr.on('error', answer('standard error'));
}
