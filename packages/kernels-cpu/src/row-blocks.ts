// The blocks of query rows in which a call is computed, and a call that lets the event loop turn between them.
import type { AttentionPlan, RunOptions } from '@relbias/bias-spec';
import { ROW_STEP } from './generated/attend-wasm.ts';
import type { RowBlock } from './kernel.ts';
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

/** Computes all blocks, pausing now and then; after each pause `resume` may throw if going on makes no sense. */
export async function computeInTurns(
  sizes: CallSizes,
  compute: (block: RowBlock) => void,
  { signal, progress }: Pick<RunOptions, 'signal' | 'progress'>,
  resume: () => void,
): Promise<void> {
  const rows = sizes.batch * sizes.heads * sizes.queries;
  let rowsDone = 0;
  let lastPause = performance.now();
  for (const block of blocksOf(sizes)) {
    compute(block);
    rowsDone += block.endRow - block.firstRow;
    if (performance.now() - lastPause < HOLD_MS) continue;
    progress?.(rowsDone / rows);
    await macrotask();
    signal?.throwIfAborted();
    resume();
    lastPause = performance.now();
  }
}
