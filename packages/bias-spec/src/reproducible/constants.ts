// The constants of the reproducible profile. Each is part of the specification: another value gives other bits.

/** Keys per tile, the unit of every sum. Tile t holds keys 64 t .. 64 t + 63 by key index, whatever the mask. */
export const TILE_KEYS = 64;

/** A weight this many powers of two below the row maximum of its tile, or a tile this many below that of its row, counts as 0. */
export const CUTOFF = 48;

/**
 * Rescaled numbers of a magnitude below 2^-100 become +0. The others are multiples of 2^-123, so none of their products or differences is
 * subnormal, which some devices flush and others keep.
 */
export const FLUSH_BELOW: number = 2 ** -100;

/** The prepared bias of a hidden pair, -2^100: whatever the score (below 2^93), the logit is clamped to SMALLEST_LOGIT. */
export const MASKED: number = -(2 ** 100);

/** The largest magnitude of the prepared bias of a visible pair. */
export const LARGEST_BIAS: number = 2 ** 94;

/** The smallest logit in units of 2^-16 powers of two; smaller ones are clamped. */
export const SMALLEST_LOGIT: number = -(2 ** 31);
/** The largest logit in the same units, the last multiple of 128 below 2^31; larger ones are clamped. */
export const LARGEST_LOGIT = 2147483520;

/**
 * The row maximum if no key is visible, and the smallest one of any row: 48 above the smallest power of two of a logit, so that
 * `(rowMax - CUTOFF) << 16` is above SMALLEST_LOGIT, the logit of hidden pairs, and fits in 32 bits.
 */
export const ROW_MAX_FLOOR = -32719;
