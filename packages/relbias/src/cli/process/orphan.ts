// A worker that ends its process when the one that started it is gone. The thread that it watches over may be held by a loop, so nothing
// on that thread could do it.
import { workerData } from 'node:worker_threads';

const POLL_MS = 200;

const { parent } = workerData as { readonly parent: number };
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, POLL_MS);
