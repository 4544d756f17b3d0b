// Swin: a learned number per head and 2-D offset within a window of an image. Positions turn each 2-D offset into one distance.
import type { Bias } from '../bias.ts';
import type { TableLayout } from '../buckets/table.ts';
import { tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../lists.ts';
import { MAX_POSITION, requireInteger, requireKnownKeys } from '../check.ts';
import { ParameterError, ShapeError } from '../errors.ts';
import type { OwnInt32Array } from '../own-arrays.ts';

/** The window, and the table over its offsets. */
export interface SwinOptions {
  readonly heads: number;
  /** Rows of the window, in tokens. */
  readonly windowHeight: number;
  /** Columns of the window, in tokens. */
  readonly windowWidth: number;
  /** (2 * windowHeight - 1) * (2 * windowWidth - 1) * heads numbers, as in a checkpoint's relative_position_bias_table. */
  readonly table: ParameterNumbers;
  /** Order of the table's axes; each 2-D offset is a bucket. Default `buckets-heads`, as published. */
  readonly layout?: TableLayout;
}

/**
 * The positions of a window's tokens, row by row: row * (2 * width - 1) + column. Each 2-D offset is then one distance, and no two share one.
 *
 * @returns height * width integers, below 2^23.
 * @example
 * swinPositions(2, 2); // Int32Array [0, 1, 3, 4]
 */
export function swinPositions(height: number, width: number): OwnInt32Array {
  requireInteger('height', height, 1);
  requireInteger('width', width, 1);
  requireInteger('window size (2 * height - 1) * (2 * width - 1)', (2 * height - 1) * (2 * width - 1), 1, MAX_POSITION);
  return Int32Array.from({ length: height * width }, (_, token) => Math.floor(token / width) * (2 * width - 1) + (token % width));
}

/**
 * bias = table[(dh + windowHeight - 1) * (2 * windowWidth - 1) + dw + windowWidth - 1][head], for the offset (dh, dw) of query - key.
 *
 * A problem with this bias takes the positions of one window by default, the same for every batch row.
 *
 * @throws ParameterError on bad options or positions outside the window, ShapeError on a table or token count of the wrong size.
 * @see Liu et al. 2021, arXiv:2103.14030, equation 4.
 * @example
 * swin({ heads: 1, windowHeight: 1, windowWidth: 2, table: [0.5, 0, -0.5] }).value(0, 1, 1); // -0.5
 */
export function swin(options: SwinOptions): Bias {
  requireKnownKeys('swin', options, ['heads', 'windowHeight', 'windowWidth', 'table', 'layout']);
  const { heads, table, layout = 'buckets-heads' } = options;
  const height = requireInteger('swin.windowHeight', options.windowHeight, 1);
  const width = requireInteger('swin.windowWidth', options.windowWidth, 1);
  const positions = swinPositions(height, width);
  const tokens = positions.length;
  // The distance between the window's last token and its first.
  const reach = positions[tokens - 1];
  const bias = tableBias({
    family: 'swin',
    convention: 'after-scaling',
    heads,
    buckets: 2 * reach + 1,
    bucket(distance) {
      if (Math.abs(distance) <= reach) return distance + reach;
      throw new ParameterError({
        what: 'swin distance',
        got: String(distance),
        wanted: `-${reach} to ${reach}, the offsets within a window of ${height} x ${width}`,
        hint: 'Leave positions and queryStart out, or pass the positions of swinPositions(height, width).',
      });
    },
    table,
    layout,
    defaultPositions(queries, keys) {
      if (queries !== tokens || keys !== tokens) {
        throw new ShapeError({
          what: 'swin',
          got: `${queries} queries and ${keys} keys`,
          wanted: `${tokens} of each, the tokens of a window of ${height} x ${width}`,
          hint: 'Put one window in each batch row, or pass explicit positions.',
        });
      }
      return { query: positions.slice(), key: positions.slice() };
    },
  });
  return { ...bias, tokens };
}
