// One after the other: what shares a device shares its kernels, their shapes and their results.

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs each piece of work when all before it have ended, well or not. */
export function takeTurns(): InTurn {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  };
}
