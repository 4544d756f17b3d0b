// The row blocks of a call, and the loops that compute them: with pauses for the event loop, or synchronously.
import type { AttentionCall, Sizes } from '@relbias/bias-spec/backend';
import { macrotask } from '@relbias/bias-spec/backend';
import { ROW_STEP } from '../generated/attend-wasm.ts';
import type { KernelCall, RowBlock } from './kernel.ts';
import { ROWS_PER_BLOCK } from './kernel.ts';

/** How long a call blocks the event loop before it lets timers and aborts through, in milliseconds: half a frame. */
const HOLD_MS = 8;

/** Multiply-adds of a row block: a few milliseconds in WebAssembly, a tenth of a second in plain JavaScript. */
const WORK_PER_BLOCK = 2 ** 26;

/** All row blocks of a call, head by head, in the order of their rows. */
export function* blocksOf({ batch, heads, queries, keys, headDim, valueDim }: Omit<Sizes, 'keyValueHeads'>): Generator<RowBlock> {
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

/** A call that computes its row blocks one by one on the caller's thread. */
export function byBlocks(sizes: Sizes, compute: (block: RowBlock) => void): KernelCall {
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

/**
 * Waits until the call can begin, then computes it with pauses for the event loop. Ends the call in any case. Returns the number of threads
 * that took part.
 */
export async function workInTurns(
  { batch, heads, queries }: Pick<Sizes, 'batch' | 'heads' | 'queries'>,
  begin: (patient: boolean) => KernelCall | null,
  proceed: AttentionCall['proceed'],
): Promise<number> {
  let call = begin(true);
  for (; call === null; call = begin(true)) {
    await macrotask();
    proceed();
  }
  const rows = batch * heads * queries;
  try {
    for (;;) {
      const rowsDone = call.work(performance.now() + HOLD_MS);
      if (rowsDone === rows) return call.threads;
      // The progress callback may abort the call or transfer its tensors.
      proceed(rowsDone / rows);
      await macrotask();
      proceed();
    }
  } finally {
    call.end();
  }
}

/** The same, synchronously. */
export function workAtOnce(begin: (patient: boolean) => KernelCall | null): number {
  const call = begin(false);
  if (call === null) throw new TypeError('a synchronous call must not wait');
  try {
    call.work(Infinity);
    return call.threads;
  } finally {
    call.end();
  }
}
