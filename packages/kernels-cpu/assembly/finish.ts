// The last step of a row block in the fast profile: divides by the row sums and writes output and log-sum-exp.
import { ROW_GROUP } from './generated/variant';
import { log } from './host';
import { MAXIMA, SUMS, cellsOf } from './scratch';
import { RowBlock } from './row-block';

export function finishRows(rowBlock: RowBlock, firstRow: i32, rows: i32, output: usize, columns: i32): void {
  for (let row = 0; row < rows; ++row) {
    const cell = cellsOf(row) + ((<usize>(row % ROW_GROUP)) << 2);
    const sum = load<f32>(rowBlock.scratch + SUMS + cell);
    const factor: f32 = sum == 0 ? 0 : 1 / sum;
    let from = output + <usize>(row * columns * 4);
    let to = rowBlock.output + <usize>((firstRow + row) * rowBlock.valueDim * 4);
    const end = to + <usize>rowBlock.valueDim * 4;
    for (const factors = f32x4.splat(factor); to + 16 <= end; to += 16, from += 16) {
      v128.store(to, f32x4.mul(v128.load(from), factors));
    }
    for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from) * factor);
    if (rowBlock.logSumExp) {
      const maximum = load<f32>(rowBlock.scratch + MAXIMA + cell);
      const value: f32 = sum == 0 ? -Infinity : <f32>(<f64>maximum + log(<f64>sum));
      store<f32>(rowBlock.logSumExp + <usize>((firstRow + row) * 4), value);
    }
  }
}
