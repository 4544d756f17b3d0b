// The rows of the comparison as they arrive: a new order ends the work on the last one.
import type { Ref } from 'vue';
import { onUnmounted, ref, shallowRef, watch } from 'vue';
import type { ReachOrder, ReachRow } from './reach-rows.ts';
import type { ReachMessage } from './reach.worker.ts';

export interface Reach {
  /** By family. */
  readonly rows: Readonly<Ref<Readonly<Record<string, ReachRow>>>>;
  readonly problem: Readonly<Ref<string>>;
}

export function useReach(orders: Readonly<Ref<readonly ReachOrder[]>>): Reach {
  const rows = shallowRef<Readonly<Record<string, ReachRow>>>({});
  const problem = ref('');
  let worker: Worker | undefined;

  function start(): void {
    worker?.terminate();
    rows.value = {};
    problem.value = '';
    if (orders.value.length === 0) return;
    worker = new Worker(new URL('./reach.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<ReachMessage>) => {
      if (data.kind === 'row') rows.value = { ...rows.value, [data.row.family]: data.row };
      else problem.value = data.reason;
    });
    worker.addEventListener('error', ({ message }) => {
      problem.value = message || 'The worker that computes the reach did not start.';
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is no window
    worker.postMessage(orders.value);
  }

  watch(() => JSON.stringify(orders.value), start, { immediate: true });
  onUnmounted(() => worker?.terminate());
  return { rows, problem };
}
