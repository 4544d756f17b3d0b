// The position of an integer on a logarithmic scale: the comparison behind all log buckets, exact or in float32.
// t5.ts and deberta.ts build their bucket functions on it.

/** `exact`: exact arithmetic, with integers. `float32`: the rounding of the published float32 code, for models trained with it. */
export type BucketRounding = 'exact' | 'float32';

export const BUCKET_ROUNDINGS: readonly BucketRounding[] = ['exact', 'float32'];

/** The sign of x(n) - m, where x(n) = steps * ln(n / low) / ln(high / low) is 0 at n = low and `steps` at n = high. */
export type LogScale = (n: number, m: number) => number;

/** The scale in exact arithmetic: x(n) >= m iff n^steps * low^m >= high^m * low^steps, a comparison of integers. */
export function exactLogScale(low: number, high: number, steps: number): LogScale {
  const exponent = BigInt(steps);
  // Callers ask several times about one m, so its side of the comparison is cached; the common power of low is divided out.
  let kept = -1;
  let factor = 1n;
  let bound = 1n;
  return (n, m) => {
    if (m !== kept) {
      const common = Math.min(m, steps);
      factor = BigInt(low) ** BigInt(m - common);
      bound = BigInt(high) ** BigInt(m) * BigInt(low) ** BigInt(steps - common);
      kept = m;
    }
    const power = BigInt(n) ** exponent * factor;
    return power > bound ? 1 : power < bound ? -1 : 0;
  };
}

/** The scale in float32, rounded after each operation in the order of the published code; `logRatio` is its ln(high / low). */
export function float32LogScale(low: number, logRatio: number, steps: number): LogScale {
  const { fround, log } = Math;
  return (n, m) => fround(fround(fround(log(fround(n / low))) / logRatio) * steps) - m;
}

/** The smallest integer from which `holds` is true. `guess` is only where the search starts. */
export function firstWhere(guess: number, holds: (n: number) => boolean): number {
  let n = Math.round(guess);
  while (!holds(n)) n++;
  while (holds(n - 1)) n--;
  return n;
}

/** The index of the last of the ascending `starts` that is at most n; starts[0] is. */
export function lastStartedBy(starts: ArrayLike<number>, n: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= n) low = middle;
    else high = middle;
  }
  return low;
}
