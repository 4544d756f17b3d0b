// The blocks of query rows in which a call is computed, and a call that lets the event loop turn between them.
import type { AttentionPlan, RunOptions } from '@relbias/bias-spec';
import { ROW_STEP } from './generated/attend-wasm.ts';
import type { KernelCall, RowBlock } from './kernel.ts';
import { ROWS_PER_BLOCK } from './kernel.ts';
import { macrotask } from './macrotask.ts';

/** How long a call may hold the event loop before it lets timers and an abort through: half a frame, in milliseconds. */
const HOLD_MS = 8;

/** Multiply-adds between two looks at the clock: some milliseconds in WebAssembly, a tenth of a second in plain JavaScript. */
const WORK_PER_BLOCK = 2 ** 26;

/** What a plan says of sizes. */
export type CallSizes = Pick<AttentionPlan, 'batch' | 'heads' | 'queries' | 'keys' | 'headDim' | 'valueDim'>;

/** All blocks of a call: head after head, each from its first row on. */
export function* blocksOf({ batch, heads, queries, keys, headDim, valueDim }: CallSizes): Generator<RowBlock> {
  const affordable = Math.floor(WORK_PER_BLOCK / (keys * (headDim + valueDim)));
  const step = Math.min(ROWS_PER_BLOCK, Math.max(ROW_STEP, affordable - (affordable % ROW_STEP)));
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let firstRow = 0; firstRow < queries; firstRow += step) {
        yield { b, h, firstRow, endRow: Math.min(firstRow + step, queries) };
      }
    }
  }
}

/** A call that computes its blocks one after the other on the caller's thread. */
export function byBlocks(sizes: CallSizes, compute: (block: RowBlock) => void): KernelCall {
  const blocks = blocksOf(sizes);
  let rowsDone = 0;
  return {
    threads: 1,
    work(until) {
      do {
        const { done, value } = blocks.next();
        if (done === true) break;
        compute(value);
        rowsDone += value.endRow - value.firstRow;
      } while (performance.now() < until);
      return rowsDone;
    },
    end: () => {},
  };
}

/** Works a call off, pausing now and then; after each pause `resume` may throw if going on makes no sense. */
export async function workInTurns(
  sizes: CallSizes,
  { work }: Pick<KernelCall, 'work'>,
  { signal, progress }: Pick<RunOptions, 'signal' | 'progress'>,
  resume: () => void,
): Promise<void> {
  const rows = sizes.batch * sizes.heads * sizes.queries;
  for (;;) {
    const rowsDone = work(performance.now() + HOLD_MS);
    if (rowsDone === rows) return;
    progress?.(rowsDone / rows);
    await macrotask();
    signal?.throwIfAborted();
    resume();
  }
}

/** Computes all blocks, in turns. */
export function computeInTurns(
  sizes: CallSizes,
  compute: (block: RowBlock) => void,
  options: Pick<RunOptions, 'signal' | 'progress'>,
  resume: () => void,
): Promise<void> {
  return workInTurns(sizes, byBlocks(sizes, compute), options, resume);
}
