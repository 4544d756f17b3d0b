// A small causal problem on which variants of the kernel are timed and compared. No size is a multiple of the tile's, and one row is left over.
import { FORM_TOEPLITZ, KEY_PANEL, MOST_TILE_ROWS } from '../generated/attend-wasm.ts';
import { ROW_BLOCK_WORDS, rowBlockWords, viewsOf } from './views.ts';
import type { Workspace } from './workspace.ts';
import { grow, placingFrom } from './workspace.ts';

/** 8 tiles of 6 rows, and one row more. */
const ROWS = 49;
const KEYS = 123;
/** Not a multiple of 8. */
const WIDTH = 36;
/** An address above all constants of the module. */
const FREE = 65_536;

/** The problem in one variant. */
export interface Trial {
  /** Computes it once: about 0.02 ms, or 0.5 ms before the code is optimised. */
  run(): void;
  /** [rows, width], from the last run. */
  output(): Float32Array;
}

export function trialIn(workspace: Workspace): Trial {
  const { memory, kernel } = workspace;
  const stride = kernel.paddedColumns(WIDTH);
  const top = KEYS - 1;
  const pad = MOST_TILE_ROWS + KEY_PANEL;
  const { take, end } = placingFrom(FREE);
  const rowBlock = take(ROW_BLOCK_WORDS * 4);
  const query = take(ROWS * WIDTH * 4);
  const rows = take(KEYS * WIDTH * 4);
  const packedKeys = take(kernel.packedBytes(KEYS, WIDTH, KEY_PANEL));
  const values = take(KEYS * stride * 4);
  const table = take((2 * pad + KEYS) * 4);
  const output = take(ROWS * WIDTH * 4);
  const scratch = take(kernel.scratchBytes(WIDTH, WIDTH, false));
  grow(memory, end());

  const views = viewsOf(workspace);
  // Pseudo-random numbers in -1 .. 1.
  let state = 1;
  const fill = (address: number, count: number): void => {
    for (let n = 0; n < count; n++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      views.floats[address / 4 + n] = state / 2 ** 31;
    }
  };
  fill(query, ROWS * WIDTH);
  fill(rows, KEYS * WIDTH);
  kernel.packPanels(rows, KEYS, WIDTH, KEY_PANEL, 1, packedKeys);
  fill(rows, KEYS * WIDTH);
  kernel.padRows(rows, KEYS, WIDTH, stride, values);
  views.floats.fill(-Infinity, table / 4, table / 4 + 2 * pad + KEYS);
  fill(table + 4 * pad, KEYS);
  const block = rowBlockWords({
    query,
    rows: ROWS,
    headDim: WIDTH,
    packedKeys,
    values,
    valueStride: stride,
    valueDim: WIDTH,
    keyLength: KEYS,
    output,
    scale: 1,
    form: FORM_TOEPLITZ,
    table: table + 4 * pad,
    tableTop: top,
    tableCount: KEYS,
    maxVisible: top,
    queryStart: KEYS - ROWS,
    scratch,
  });
  views.ints.set(block, rowBlock / 4);
  return {
    run: () => kernel.attend(rowBlock),
    output: () => views.floats.slice(output / 4, output / 4 + ROWS * WIDTH),
  };
}
