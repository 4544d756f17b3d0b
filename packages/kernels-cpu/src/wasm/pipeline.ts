// One call, on one thread or several, from any source of keys and values. The caller fills the queue, computes row blocks like every other
// thread, and collects results in order. The boundaries of row blocks do not depend on the number of threads, so neither do the bits.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Outputs, RawTensor } from '@relbias/bias-spec/backend';
import { blocksOf } from '../backend/blocks.ts';
import type { KernelCall, RowBlock } from '../backend/kernel.ts';
import { ROW_BLOCK_FIELDS } from '../generated/attend-wasm.ts';
import type { WorkArea, HeadPlace, KeyValuePlace, ResidentTensors, RowBlockPlace } from './layout.ts';
import type { RowBlockQueue } from './threads/queue.ts';
import type { RowBlockField, RowBlockFields, Inspect, Views } from './views.ts';
import { setField } from './views.ts';
import type { Workspace } from './workspace.ts';

/**
 * Where keys, values and biases are. `rowBlock` is the number of the block that will read them; the first `collected` blocks have finished
 * reading. Returns null while every place is still being read.
 */
export interface Source {
  /** Called before a row block is filled, if other calls may have used the memory in between. */
  begin(): void;
  /** `index` counts batch rows, then key/value heads. */
  keyValueHead(index: number, rowBlock: number, collected: number): KeyValuePlace | null;
  biasHead(h: number, rowBlock: number, collected: number): HeadPlace | null;
}

/** A call without its tensors. A prepared problem has one; a cache has one for each length and number of queries. */
export interface Pass {
  readonly plan: Pick<AttentionPlan, 'batch' | 'heads' | 'keyValueHeads' | 'headDim' | 'valueDim' | 'scale'>;
  readonly queries: number;
  readonly keys: number;
  /** One per batch row, here and below. */
  readonly keyLengths: ArrayLike<number>;
  /** null if positions are given explicitly. */
  readonly queryStart: ArrayLike<number> | null;
  /** [batch, queries] */
  readonly queryPositions: Int32Array | null;
  readonly querySegments: Int32Array | null;
  /** The row scales of a batch row; null if the bias has none. */
  readonly rowScales: ((b: number) => Float32Array) | null;
  /** The initial words of the parameter blocks, and the fields that this call sets in all of them. */
  readonly ring: Int32Array;
  readonly fields: RowBlockFields;
}

/** The tensors of a call. */
export interface Tensors {
  readonly query: RawTensor;
  readonly outputs: Outputs;
  /** Set if query, output and log-sum-exp are in WebAssembly memory and need not be copied. */
  readonly resident: ResidentTensors | null;
  readonly inspectQueries: Inspect;
}

/** The memory must not grow before the call ends. `onEnd` is called with whether no worker computes any more. */
export function beginCall(
  pass: Pass,
  { rowBlocks, scratch }: WorkArea,
  { kernel }: Workspace,
  views: Views,
  source: Source,
  queue: RowBlockQueue,
  { query, outputs, resident, inspectQueries }: Tensors,
  onEnd: (quiet: boolean) => void,
): KernelCall {
  const { plan, queries, keyLengths, queryStart, queryPositions, querySegments, rowScales, ring } = pass;
  const { batch, heads, keyValueHeads, headDim, valueDim } = plan;
  const ofTheCall = Object.entries(pass.fields) as [RowBlockField, number][];
  const { floats, ints, putTensor } = views;
  const group = heads / keyValueHeads;
  const blocks = blocksOf({ batch, heads, queries, keys: pass.keys, headDim, valueDim });
  const inPlace: RowBlock[] = [];
  let next = blocks.next();
  let filled = 0;
  let collected = 0;
  let rowsDone = 0;

  function begin(): void {
    ints.set(ring, rowBlocks[0].parameters / 4);
    for (const [name, value] of ofTheCall) for (const { parameters } of rowBlocks) setField(views, parameters, name, value);
    source.begin();
  }

  /** Fills the parameters of a row block. Returns false, and writes nothing, while there is no place for the data it shares. */
  function fill({ b, h, firstRow, endRow }: RowBlock, place: RowBlockPlace): boolean {
    const keyValue = source.keyValueHead(b * keyValueHeads + Math.floor(h / group), filled, collected);
    const head = keyValue && source.biasHead(h, filled, collected);
    if (keyValue === null || head === null) return false;
    const at = place.parameters / 4;
    const rows = endRow - firstRow;
    const row = b * queries + firstRow;
    const outRow = (b * heads + h) * queries + firstRow;
    ints[at + ROW_BLOCK_FIELDS.rows.word] = rows;
    ints[at + ROW_BLOCK_FIELDS.keyLength.word] = keyLengths[b];
    ints[at + ROW_BLOCK_FIELDS.packedKeys.word] = keyValue.packedKeys;
    ints[at + ROW_BLOCK_FIELDS.values.word] = keyValue.values;
    ints[at + ROW_BLOCK_FIELDS.keyPositions.word] = keyValue.keyPositions;
    ints[at + ROW_BLOCK_FIELDS.keySegments.word] = keyValue.keySegments;
    ints[at + ROW_BLOCK_FIELDS.keyNorms.word] = head.tableMaxima === 0 ? 0 : keyValue.keyNorms;
    ints[at + ROW_BLOCK_FIELDS.tableMaxima.word] = head.tableMaxima;
    ints[at + ROW_BLOCK_FIELDS.table.word] = head.table;
    ints[at + ROW_BLOCK_FIELDS.slopes.word] = head.slopes;
    ints[at + ROW_BLOCK_FIELDS.intercepts.word] = head.intercepts;
    // A worker that used this place has written the address of its own scratch memory.
    ints[at + ROW_BLOCK_FIELDS.scratch.word] = scratch;
    if (queryStart !== null) ints[at + ROW_BLOCK_FIELDS.queryStart.word] = queryStart[b] + firstRow;
    if (queryPositions !== null) ints.set(queryPositions.subarray(row, row + rows), place.queryPositions / 4);
    if (querySegments !== null) ints.set(querySegments.subarray(row, row + rows), place.querySegments / 4);
    if (rowScales !== null) floats.set(rowScales(b).subarray(firstRow, endRow), place.rowScale / 4);
    if (resident === null) {
      putTensor(query, outRow * headDim, rows * headDim, place.query);
      inspectQueries(place.query, rows * headDim);
      return true;
    }
    const own = resident.query + outRow * headDim * 4;
    ints[at + ROW_BLOCK_FIELDS.query.word] = own;
    ints[at + ROW_BLOCK_FIELDS.output.word] = resident.output + outRow * valueDim * 4;
    ints[at + ROW_BLOCK_FIELDS.logSumExp.word] = resident.logSumExp + outRow * 4;
    inspectQueries(own, rows * headDim);
    return true;
  }

  /** Copies the result of a row block out of its place. */
  function collect({ b, h, firstRow, endRow }: RowBlock, place: RowBlockPlace): void {
    const rows = endRow - firstRow;
    rowsDone += rows;
    if (resident !== null) return;
    const outRow = (b * heads + h) * queries + firstRow;
    const output = place.output / 4;
    const logSumExp = place.logSumExp / 4;
    outputs.output.set(floats.subarray(output, output + rows * valueDim), outRow * valueDim);
    outputs.logSumExp.set(floats.subarray(logSumExp, logSumExp + rows), outRow);
  }

  function fillAll(): void {
    while (next.done !== true && filled - collected < queue.places) {
      const place = queue.placeOf(filled);
      if (!fill(next.value, rowBlocks[place])) return;
      inPlace[place] = next.value;
      filled++;
      queue.publish();
      next = blocks.next();
    }
  }

  /** Returns whether there was any to collect. */
  function collectAll(): boolean {
    const before = collected;
    for (; collected < filled && queue.isFinished(collected); collected++) {
      const place = queue.placeOf(collected);
      collect(inPlace[place], rowBlocks[place]);
    }
    return collected > before;
  }

  return {
    threads: queue.threads,
    work(until) {
      // Between two turns, another call on this thread may have used the same places.
      if (filled === collected) begin();
      do {
        fillAll();
        const mine = queue.take();
        if (mine !== null) {
          kernel.attend(rowBlocks[queue.placeOf(mine)].parameters);
          queue.finish(mine);
        }
        // If anything was collected, there is room to fill more, so there is no need to wait.
        const moved = collectAll();
        if (next.done === true && collected === filled) break;
        if (mine === null && !moved) queue.wait(until);
      } while (until === Infinity || performance.now() < until);
      return rowsDone;
    },
    end() {
      onEnd(queue.close());
    },
  };
}

/** The queue of a call on one thread: one place, computed as soon as it is filled. */
export function singleThreadQueue(): RowBlockQueue {
  let published = 0;
  let finished = 0;
  return {
    threads: 1,
    places: 1,
    placeOf: () => 0,
    publish: () => {
      published++;
    },
    take: () => (finished < published ? finished : null),
    finish: () => {
      finished++;
    },
    isFinished: (rowBlock) => rowBlock < finished,
    // Never called: on one thread there is always a row block to take or a place to fill.
    wait: () => {},
    close: () => true,
  };
}
