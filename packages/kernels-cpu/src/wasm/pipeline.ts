// One call, on one thread and on many, wherever its keys and values come from: the caller keeps the queue filled, computes row blocks like anyone
// else, and collects them in order. Where blocks begin and end does not depend on the number of threads, and neither does a bit of the result.
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
 * Where keys, values and biases lie. `rowBlock` is the one that will read them, the first `collected` row blocks have read theirs; null as long as
 * all places are being read.
 */
export interface Source {
  /** Called before a row block is filled after others may have worked in the memory. */
  begin(): void;
  /** `index` counts batch rows, then key/value heads. */
  keyValueHead(index: number, rowBlock: number, collected: number): KeyValuePlace | null;
  biasHead(h: number, rowBlock: number, collected: number): HeadPlace | null;
}

/** What a call is besides its tensors. A prepared problem is one; for a cache, each length and number of queries is. */
export interface Pass {
  readonly plan: Pick<AttentionPlan, 'batch' | 'heads' | 'keyValueHeads' | 'headDim' | 'valueDim' | 'scale'>;
  readonly queries: number;
  readonly keys: number;
  /** Of each batch row, from here on too. */
  readonly keyLengths: ArrayLike<number>;
  /** null: the positions are given one by one. */
  readonly queryStart: ArrayLike<number> | null;
  /** [batch, queries] */
  readonly queryPositions: Int32Array | null;
  readonly querySegments: Int32Array | null;
  /** Of the queries of a batch row; null where the bias has none. */
  readonly rowScales: ((b: number) => Float32Array) | null;
  /** The parameter blocks before the call, and what all of them say in it. */
  readonly ring: Int32Array;
  readonly fields: RowBlockFields;
}

/** What a call computes from, and into. */
export interface Tensors {
  readonly query: RawTensor;
  readonly outputs: Outputs;
  /** Where queries and results lie in the memory itself, and are not copied. */
  readonly resident: ResidentTensors | null;
  readonly inspectQueries: Inspect;
}

/** Memory that does not grow before the call ends, seen through `views`. `onEnd` is told whether no worker computes any more. */
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
  const underWay: RowBlock[] = [];
  let next = blocks.next();
  let filled = 0;
  let collected = 0;
  let rowsDone = 0;

  function begin(): void {
    ints.set(ring, rowBlocks[0].parameters / 4);
    for (const [name, value] of ofTheCall) for (const { parameters } of rowBlocks) setField(views, parameters, name, value);
    source.begin();
  }

  /** Makes a row block ready; false, and nothing is written to it, as long as what it shares with others has no room. */
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
    // A worker that computed a row block here left its own.
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

  /** Takes the result of a block out of its place. */
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
      collect(underWay[place], rowBlocks[place]);
    }
    return collected > before;
  }

  return {
    threads: queue.threads,
    work(until) {
      // Between two turns another call may have used the places of one that works alone.
      if (filled === collected) begin();
      do {
        fillAll();
        const mine = queue.take();
        if (mine !== null) {
          kernel.attend(rowBlocks[queue.placeOf(mine)].parameters);
          queue.finish(mine);
        }
        // What was collected makes room for more: then there is no reason to wait.
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

/** For a caller that works alone: one place, computed as soon as it is filled. */
export function soloQueue(): RowBlockQueue {
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
    // Never called: alone, there is always a row block to take or a place to fill.
    wait: () => {},
    close: () => true,
  };
}
