// Checks T5 buckets by another method than the source: logarithms to 256 binary places, and powers only where those cannot decide.
// Also the pairs (numBuckets, maxDistance) that the sweeps go over.

const PLACES = 256n;
/** Logarithms closer than this count as a tie, which integer powers must then confirm. */
const TIE = 1n << (PLACES / 2n);

/** ln(n) * 2^256 for n = 0..count (0 stands in for ln 0): ln(n + 1) = ln(n) + 2 artanh(1 / (2n + 1)). */
function logarithms(count: number): bigint[] {
  const logs = [0n, 0n];
  for (let n = 1; n < count; n++) {
    const step = BigInt(2 * n + 1);
    let power = (2n << PLACES) / step;
    let sum = 0n;
    for (let odd = 1n; power > 0n; odd += 2n) {
      sum += power / odd;
      power /= step * step;
    }
    logs.push(logs[n] + sum);
  }
  return logs;
}

/** The distances and maxDistances that the check covers. */
const REACH = 4096;
const LOG = logarithms(REACH);

/** Whether steps * ln(n / maxExact) / ln(maxDistance / maxExact) >= m. */
function reaches(n: number, m: number, maxExact: number, maxDistance: number, steps: number): boolean {
  const left = BigInt(steps) * (LOG[n] - LOG[maxExact]);
  const right = BigInt(m) * (LOG[maxDistance] - LOG[maxExact]);
  if (left - right > TIE) return true;
  if (right - left > TIE) return false;
  const power = (base: number, exponent: number): bigint => BigInt(base) ** BigInt(exponent);
  if (power(n, steps) * power(maxExact, m) === power(maxDistance, m) * power(maxExact, steps)) return true;
  throw new Error(`Neither apart nor equal at 256 places: ${n}, ${m}, ${maxExact}, ${maxDistance}, ${steps}`);
}

function isBucket(bucket: number, distance: number, numBuckets: number, maxDistance: number): boolean {
  const maxExact = Math.floor(numBuckets / 2);
  const steps = numBuckets - maxExact;
  const m = bucket - maxExact;
  if (distance < maxExact) return bucket === distance;
  return (
    m >= 0 &&
    m < steps &&
    reaches(distance, m, maxExact, maxDistance, steps) &&
    (m === steps - 1 || !reaches(distance, m + 1, maxExact, maxDistance, steps))
  );
}

/**
 * The first distance of 0..4096 that causal buckets get wrong, or null. The true buckets ascend, so a run of equal answers is
 * right throughout if it is right at both ends.
 */
export function firstWrongDistance(numBuckets: number, maxDistance: number, bucket: (distance: number) => number): number | null {
  let current = bucket(0);
  if (!isBucket(current, 0, numBuckets, maxDistance)) return 0;
  for (let distance = 1; distance <= REACH; distance++) {
    const next = bucket(distance);
    if (next === current) continue;
    if (!isBucket(current, distance - 1, numBuckets, maxDistance)) return distance - 1;
    if (!isBucket(next, distance, numBuckets, maxDistance)) return distance;
    current = next;
  }
  return isBucket(current, REACH, numBuckets, maxDistance) ? null : REACH;
}

/** Perfect powers, where boundaries fall on integers and rounding decides; round numbers; and maxDistances known for trouble. */
const FAR: readonly number[] = [
  289, 324, 361, 400, 441, 484, 529, 576, 625, 676, 729, 784, 841, 900, 961, 1024, 343, 512, 1000, 1331, 1728, 2197, 2744, 3375,
  4096, 1296, 2048, 2187, 2401, 3125, 300, 500, 600, 800, 1500, 2000, 2500, 3000, 4000, 270, 459, 648, 655, 942,
];

/** Causal pairs: every numBuckets up to 64 and the usual larger ones, every maxDistance that they allow up to 256 and 44 beyond. */
export function sweptPairs(): [numBuckets: number, maxDistance: number][] {
  const counts = [...Array.from({ length: 62 }, (_, index) => index + 3), 80, 96, 128, 160, 256, 320];
  const distances = [...Array.from({ length: 254 }, (_, index) => index + 3), ...FAR];
  return counts.flatMap((numBuckets) =>
    distances
      .filter((maxDistance) => maxDistance > Math.floor(numBuckets / 2))
      .map((maxDistance): [number, number] => [numBuckets, maxDistance]),
  );
}
