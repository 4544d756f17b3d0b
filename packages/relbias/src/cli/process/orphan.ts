// A worker that ends its process when the parent process has ended. It runs on a thread of its own because a loop may block the main thread.
import { workerData } from 'node:worker_threads';

const POLL_MS = 200;

const { parent } = workerData as { readonly parent: number };
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, POLL_MS);
