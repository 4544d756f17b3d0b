// The settings of the article's section figures, which its text names too.

export const HEAD_DIM = 64;
/** The training length of the section on extrapolation, in tokens. */
export const TRAINED = 512;
/** The context lengths of its table. */
export const LENGTHS: readonly number[] = [128, 512, 2048, 8192];
