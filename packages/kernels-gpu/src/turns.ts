// Runs asynchronous work one piece at a time: backends that share a device share its kernels and their results.

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs each piece of work after all earlier ones have ended, whether they failed or not. */
export function takeTurns(): InTurn {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  };
}
