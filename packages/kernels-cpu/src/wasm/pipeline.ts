// The course of one call, on one thread and on many: the caller keeps the queue filled, computes strips like anyone else, and collects them
// in order. Where the blocks begin and end does not depend on the number of threads, and neither does a bit of the result.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { KernelCall, RowBlock } from '../kernel.ts';
import { blocksOf } from '../row-blocks.ts';
import type { Filling } from './filling.ts';
import type { Layout } from './layout.ts';
import type { StripQueue } from './threads/queue.ts';

export function pipeline(
  plan: AttentionPlan,
  { strips }: Layout,
  { fill, collect }: Filling,
  queue: StripQueue,
  attend: (strip: number) => void,
): Pick<KernelCall, 'work'> {
  const blocks = blocksOf(plan);
  const underWay: RowBlock[] = [];
  let next = blocks.next();
  let filled = 0;
  let collected = 0;
  let rowsDone = 0;

  function fillAll(): void {
    while (next.done !== true && filled - collected < queue.places) {
      const place = queue.placeOf(filled);
      if (!fill(next.value, filled, strips[place], collected)) return;
      underWay[place] = next.value;
      filled++;
      queue.publish();
      next = blocks.next();
    }
  }

  /** Whether there was any. */
  function collectAll(): boolean {
    const before = collected;
    for (; collected < filled && queue.isFinished(collected); collected++) {
      const place = queue.placeOf(collected);
      const block = underWay[place];
      collect(block, strips[place]);
      rowsDone += block.endRow - block.firstRow;
    }
    return collected > before;
  }

  return {
    work(until) {
      do {
        fillAll();
        const mine = queue.take();
        if (mine !== null) {
          attend(strips[queue.placeOf(mine)].strip);
          queue.finish(mine);
        }
        // What was collected makes room for more: then there is no reason to wait.
        const moved = collectAll();
        if (next.done === true && collected === filled) break;
        if (mine === null && !moved) queue.wait(until);
      } while (performance.now() < until);
      return rowsDone;
    },
  };
}
