// Swin: a learned number per head and 2-D offset within a window of an image, laid on a line through positions.
import type { Bias, FamilyDefinition } from '../bias.ts';
import type { TableLayout } from '../buckets/table.ts';
import { normalTable, tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../check.ts';
import { MAX_POSITION, requireInteger, requireKnownKeys } from '../check.ts';
import { ParameterError, ShapeError } from '../errors.ts';

/** A table over the offsets within a window of an image. */
export interface SwinOptions {
  readonly heads: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  /** (2 * windowHeight - 1) * (2 * windowWidth - 1) * heads numbers, as in a checkpoint's relative_position_bias_table. */
  readonly table: ParameterNumbers;
  /** Default `buckets-heads`, as published. Each 2-D offset is a bucket. */
  readonly layout?: TableLayout;
}

/**
 * The positions of a window's tokens, row by row: row * (2 * width - 1) + column. On them the difference of two positions
 * tells the difference in rows from that in columns, so a 2-D offset is a distance.
 *
 * @returns height * width integers, below 2^23.
 * @example
 * swinPositions(2, 2); // Int32Array [0, 1, 3, 4]
 */
export function swinPositions(height: number, width: number): Int32Array {
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
  return tableBias({
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
        hint: 'Leave positions and queryStart out, or give the positions of swinPositions(height, width).',
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
          hint: 'Windows go into the batch; other layouts give explicit positions.',
        });
      }
      return { query: positions.slice(), key: positions.slice() };
    },
  });
}

/** Swin's window bias as the suite and the documentation know it. */
export const swinFamily: FamilyDefinition = {
  name: 'swin',
  title: 'Swin, 2-D windows',
  kind: 'learned',
  idea: 'The tokens are patches in a window of an image, and every offset in rows and columns has one learned number per head. Giving token (row, column) the position row * (2 * width - 1) + column turns the 2-D offset into a distance, so the kernels need nothing of their own for it.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h\left[(\Delta_r + H_w - 1)(2 W_w - 1) + \Delta_c + W_w - 1\right]`,
  citation: 'Liu et al. 2021, Swin Transformer, eq. 4, arXiv:2103.14030',
  convention: 'after-scaling',
  parameters: [
    {
      name: 'table',
      shape: '[(2 * windowHeight - 1) * (2 * windowWidth - 1), heads]',
      meaning: 'the bias of each 2-D offset, query minus key, row-major',
      learned: true,
      initialisation: 'normal, standard deviation 0.02 (upstream truncates at +-2, a hundred deviations away)',
    },
  ],
  traps: [
    'The factor of the row offset is 2 * width - 1, not 2 * height - 1: square windows hide the mistake.',
    'Shifted windows also mask pairs from different regions of the image: give the regions as segments.',
  ],
  initialise: (heads, random) => window(heads, 7, 7, normalTable(169, heads, 0.02, random)),
  cases: [
    { name: 'square', tokens: 49, create: (heads, random) => window(heads, 7, 7, normalTable(169, heads, 1, random)) },
    { name: 'wide', tokens: 6, create: (heads, random) => window(heads, 2, 3, normalTable(15, heads, 1, random)) },
    { name: 'tall', tokens: 65, create: (heads, random) => window(heads, 13, 5, normalTable(225, heads, 1, random)) },
  ],
};

function window(heads: number, windowHeight: number, windowWidth: number, table: Float64Array): Bias {
  return swin({ heads, windowHeight, windowWidth, table });
}
