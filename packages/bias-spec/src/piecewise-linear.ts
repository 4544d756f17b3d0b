// A network 1 -> width -> ReLU -> heads has one input, so each head is exactly piecewise linear, with the same breaks in all heads.
// Finds the pieces, and folds the gradients of their slopes and intercepts into gradients of the weights.

export interface ReluNetwork {
  /** [width] */
  readonly w1: Float64Array;
  /** [width] */
  readonly b1: Float64Array;
  /** [heads, width] */
  readonly w2: Float64Array;
  /** [heads] */
  readonly b2: Float64Array;
}

/** The network: w2 relu(w1 x + b1) + b2, for one head. */
export function reluNetwork({ w1, b1, w2, b2 }: ReluNetwork, head: number, x: number): number {
  let sum = b2[head];
  for (let unit = 0; unit < w1.length; unit++) {
    sum += w2[head * w1.length + unit] * Math.max(0, w1[unit] * x + b1[unit]);
  }
  return sum;
}

/** Piece p of x is the number of breaks < x; unit u is on in piece p where `on[p * width + u]` is 1. */
export interface Pieces {
  readonly breaks: Float64Array;
  /** [pieces, width] */
  readonly on: Uint8Array;
  /** Piece 0 is 0 whatever the weights. */
  readonly silent: boolean;
}

/** Just below 0, but normal in float32: above every x < 0 that occurs, and distinct from 0 on devices that flush subnormals. */
const BELOW_ZERO = -(2 ** -100);

/**
 * The pieces of a network over low <= x <= high; breaks that no such x can cross are left out.
 *
 * @param silent - makes every x < 0 a piece of its own that is 0.
 */
export function findPieces({ w1, b1 }: ReluNetwork, low: number, high: number, silent: boolean): Pieces {
  const width = w1.length;
  // The x at which each unit switches. A unit that is on below it is off at it, where ReLU has derivative 0. That matters for 0, the x of the
  // whole diagonal. Constant units switch at infinity or NaN, which is never a break.
  const ends = Array.from(w1, (weight, unit) => {
    const end = -b1[unit] / weight;
    return end === 0 && weight < 0 ? BELOW_ZERO : end;
  });
  const least = silent ? BELOW_ZERO : low;
  const inner = ends.filter((end) => end < high && (silent ? end > least : end >= least));
  const breaks = Float64Array.from(new Set(silent ? [BELOW_ZERO, ...inner] : inner)).toSorted();
  const on = new Uint8Array((breaks.length + 1) * width);
  for (let piece = silent ? 1 : 0; piece <= breaks.length; piece++) {
    for (let unit = 0; unit < width; unit++) {
      const rising = piece === 0 ? ends[unit] < low : ends[unit] <= breaks[piece - 1];
      const falling = ends[unit] >= (piece === breaks.length ? high : breaks[piece]);
      const isOn = w1[unit] > 0 ? rising : w1[unit] < 0 ? falling : b1[unit] > 0;
      on[piece * width + unit] = isOn ? 1 : 0;
    }
  }
  return { breaks, on, silent };
}

/** Slope and intercept of each head on each piece, [heads, pieces]. */
export interface Lines {
  readonly slopes: Float64Array;
  readonly intercepts: Float64Array;
}

export function linesOf({ w1, b1, w2, b2 }: ReluNetwork, { breaks, on, silent }: Pieces): Lines {
  const width = w1.length;
  const pieces = breaks.length + 1;
  const slopes = new Float64Array(b2.length * pieces);
  const intercepts = new Float64Array(b2.length * pieces);
  for (let head = 0; head < b2.length; head++) {
    for (let piece = silent ? 1 : 0; piece < pieces; piece++) {
      const line = head * pieces + piece;
      intercepts[line] = b2[head];
      for (let unit = 0; unit < width; unit++) {
        if (on[piece * width + unit] === 0) continue;
        slopes[line] += w2[head * width + unit] * w1[unit];
        intercepts[line] += w2[head * width + unit] * b1[unit];
      }
    }
  }
  return { slopes, intercepts };
}

/** Adds the gradients of the weights to `into`, given those of the lines. Breaks get none: the function is continuous across them. */
export function foldLines(
  { w1, b1, w2, b2 }: ReluNetwork,
  { breaks, on, silent }: Pieces,
  lines: Lines,
  into: ReluNetwork,
): void {
  const width = w1.length;
  const pieces = breaks.length + 1;
  for (let head = 0; head < b2.length; head++) {
    for (let piece = silent ? 1 : 0; piece < pieces; piece++) {
      const slope = lines.slopes[head * pieces + piece];
      const intercept = lines.intercepts[head * pieces + piece];
      into.b2[head] += intercept;
      for (let unit = 0; unit < width; unit++) {
        if (on[piece * width + unit] === 0) continue;
        const weight = head * width + unit;
        into.w2[weight] += slope * w1[unit] + intercept * b1[unit];
        into.w1[unit] += slope * w2[weight];
        into.b1[unit] += intercept * w2[weight];
      }
    }
  }
}
