// Waiting for one turn of the event loop, so that timers, rendering and aborts get theirs. Not setTimeout: browsers stretch nested
// timers to 4 ms, which is half of the time a call works between two turns.

/** Resolves in a later task. */
export function macrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    const arrived = (): void => {
      port1.close();
      resolve();
    };
    port1.addEventListener('message', arrived, { once: true });
    port1.start();
    port2.postMessage(null);
  });
}
