// A matrix as a heat map in the terminal: two rows a line in colour, one character per cell without colour.
// A matrix wider than the terminal is sampled; the result says by how much.

/** Dark to light. Anchors of the viridis map (Smith and van der Walt, matplotlib), between which colours are interpolated. */
const VIRIDIS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

/** For terminals without colour: more ink is a larger number. */
const RAMP = '.:-=+*#%@';

/** Shown for a hidden pair (-Infinity). */
const HIDDEN = ' ';

export interface HeatMap {
  readonly lines: readonly string[];
  /** One of this many rows and columns is shown. */
  readonly step: number;
  readonly min: number;
  readonly max: number;
}

/** Draws value(row, column), where -Infinity is a hidden pair. */
export function heatMap(
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
  options: { readonly colourBits: 1 | 8 | 24; readonly width: number },
): HeatMap {
  const step = Math.max(1, Math.ceil(Math.max(rows, columns) / options.width));
  const cells: number[][] = [];
  let min = Infinity;
  let max = -Infinity;
  for (let row = 0; row < rows; row += step) {
    const line: number[] = [];
    for (let column = 0; column < columns; column += step) {
      const cell = value(row, column);
      line.push(cell);
      if (cell === -Infinity) continue;
      min = Math.min(min, cell);
      max = Math.max(max, cell);
    }
    cells.push(line);
  }
  // A matrix of one value is drawn at the top level.
  const level = (cell: number): number => (max > min ? (cell - min) / (max - min) : 1);
  const { colourBits } = options;
  const lines =
    colourBits === 1
      ? cells.map((line) =>
          line
            .map((cell) => character(cell, level))
            .join('')
            .trimEnd(),
        )
      : halfBlocks(cells, level, colourBits);
  return { lines, step, min, max };
}

function character(cell: number, level: (cell: number) => number): string {
  return cell === -Infinity ? HIDDEN : RAMP[Math.min(RAMP.length - 1, Math.floor(level(cell) * RAMP.length))];
}

/** Two rows a line: the upper half block in the foreground colour, over the background colour for the row below. */
function halfBlocks(cells: readonly (readonly number[])[], level: (cell: number) => number, bits: 8 | 24): string[] {
  const lines: string[] = [];
  for (let row = 0; row < cells.length; row += 2) {
    const below = cells[row + 1];
    const line = cells[row].map((upper, column) => {
      const lower = below === undefined ? -Infinity : below[column];
      return `\x1b[38;${colour(upper, level, bits)};48;${colour(lower, level, bits)}m\u2580`;
    });
    lines.push(`${line.join('')}\x1b[0m`);
  }
  return lines;
}

function colour(cell: number, level: (cell: number) => number, bits: 8 | 24): string {
  const [red, green, blue] = cell === -Infinity ? [0, 0, 0] : viridis(level(cell));
  if (bits === 24) return `2;${red};${green};${blue}`;
  const six = (channel: number): number => Math.round((channel / 255) * 5);
  return `5;${16 + 36 * six(red) + 6 * six(green) + six(blue)}`;
}

function viridis(level: number): readonly [number, number, number] {
  const at = level * (VIRIDIS.length - 1);
  const index = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(VIRIDIS[index][channel] + (VIRIDIS[index + 1][channel] - VIRIDIS[index][channel]) * (at - index));
  return [mix(0), mix(1), mix(2)];
}
