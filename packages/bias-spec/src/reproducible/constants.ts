// The constants of the reproducible profile. Each is part of what is promised: another value gives other bits.

/** Keys of a tile: the unit of every sum. Tile t holds keys 64 t .. 64 t + 63 by key index, whatever the mask. */
export const TILE_KEYS = 64;

/** Powers of two below the row maximum of its tile at which a weight, and below that of the row at which a tile, counts as 0. */
export const CUTOFF = 48;

/**
 * The least size that survives where a number is rescaled, 2^-100: what is smaller becomes +0. Numbers of this size are multiples of
 * 2^-123, so that no product or difference of theirs is ever subnormal, which devices flush or keep as they like.
 */
export const FLUSH_BELOW: number = 2 ** -100;

/** The prepared bias of a hidden pair, -2^100: whatever the score (below 2^93), the logit comes out at its lower end. */
export const MASKED: number = -(2 ** 100);

/** The largest size of the prepared bias of a visible pair. */
export const LARGEST_BIAS: number = 2 ** 94;

/** The least logit in units of 2^-16 powers of two: what lies below is clamped. */
export const SMALLEST_LOGIT: number = -(2 ** 31);
/** The largest logit in the same units, the last multiple of 128 below 2^31: what lies above is clamped. */
export const LARGEST_LOGIT = 2147483520;

/**
 * The row maximum where nothing is visible, and the least that a row can have: 48 above the least power of two of a logit, so that
 * `(rowMax - CUTOFF) << 16` stays above SMALLEST_LOGIT, at which hidden pairs stand, and fits in 32 bits.
 */
export const ROW_MAX_FLOOR = -32719;
