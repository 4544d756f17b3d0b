// Small independent implementations, written from the published formulas and sharing nothing with bias-spec: they make the vectors of
// vectors-foreign.test.ts. Slow, square, and float64 unless the formula is float32.
const { fround, log, exp, abs, max, min, sign, floor, ceil } = Math;

export type Heads = number[];
/** bias(head, i, j) for positions i and j. */
export type BiasOf = (head: number, i: number, j: number) => number;

/** Hugging Face's `_relative_position_bucket`, in the float32 order of its tensors. */
export function t5Bucket(relativePosition: number, buckets: number, maxDistance: number, bidirectional: boolean): number {
  const size = bidirectional ? floor(buckets / 2) : buckets;
  const n = bidirectional ? abs(relativePosition) : max(-relativePosition, 0);
  const upper = bidirectional && relativePosition > 0 ? size : 0;
  const maxExact = floor(size / 2);
  if (n < maxExact) return upper + n;
  const share = fround(fround(log(fround(n / maxExact))) / fround(log(maxDistance / maxExact)));
  return upper + min(size - 1, maxExact + Math.trunc(fround(share * (size - maxExact))));
}

/** DeBERTa-v2's `make_log_bucket_position`, query - key. */
export function debertaBucket(distance: number, bucketSize: number, maxPosition: number): number {
  const mid = floor(bucketSize / 2);
  if (abs(distance) <= mid) return distance;
  const share = fround(fround(log(fround(abs(distance) / mid))) / fround(log(fround((maxPosition - 1) / mid))));
  return sign(distance) * (ceil(fround(share * (mid - 1))) + mid);
}

/** MPT's construction: 2^-(k biasMax / p) for p the next power of two; odd places first where heads are missing. */
export function mptSlopes(heads: number, biasMax: number): Heads {
  const power = 2 ** ceil(Math.log2(heads));
  const all = Array.from({ length: power }, (_, k) => 2 ** (-((k + 1) * biasMax) / power));
  if (power === heads) return all;
  return [...all.filter((_, k) => k % 2 === 1), ...all.filter((_, k) => k % 2 === 0)].slice(0, heads);
}

/** Rounds to bfloat16 by adding half of what is cut off, ties to even. */
export function bfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer)[0];
}

const clamped = (value: number, most = Infinity): number => min(max(value, 0.01), most);

export function kerpleLog(p: Heads, a: Heads): BiasOf {
  return (h, i, j) => -clamped(p[h]) * log(1 + clamped(a[h]) * max(i - j, 0));
}

export function kerplePower(p: Heads | null, a: Heads | null): BiasOf {
  return (h, i, j) => -(a === null ? 1 : clamped(a[h])) * max(i - j, 0) ** (p === null ? 1 : clamped(p[h], 2));
}

export interface FireWeights {
  c: number;
  threshold: number;
  thresholdMultiplier: number;
  eps: number;
  w1: Heads;
  b1: Heads;
  w2: Heads[];
  b2: Heads;
}

export function fire({ c, threshold, thresholdMultiplier, eps, w1, b1, w2, b2 }: FireWeights, signed: boolean): BiasOf {
  return (h, i, j) => {
    const norm = log(abs(c * max(i, abs(thresholdMultiplier * threshold))) + 1) + eps;
    const x = ((signed ? sign(i - j) : 1) * log(abs(c * (i - j)) + 1)) / norm;
    return w1.reduce((sum, weight, k) => sum + w2[h][k] * max(0, weight * x + b1[k]), b2[h]);
  };
}

export interface Layer {
  weight: Heads[];
  bias: Heads;
}

export function dynamicPosition(layers: Layer[], logDistance: boolean): BiasOf {
  return (h, i, j) => {
    let x = [logDistance ? sign(i - j) * log(abs(i - j) + 1) : i - j];
    for (const [depth, { weight, bias }] of layers.entries()) {
      const y = weight.map((row, out) => row.reduce((sum, w, k) => sum + w * x[k], bias[out]));
      x = depth === layers.length - 1 ? y : y.map((one) => one / (1 + exp(-one)));
    }
    return x[h];
  };
}

export function sandwich(heads: number, dBar: number): BiasOf {
  return (h, i, j) => {
    let sum = 0;
    for (let k = 0; k < dBar / 2; k++) sum += Math.cos((i - j) / 10000 ** ((2 * k) / dBar));
    return (sum * heads) / (8 * (h + 1));
  };
}

/** Swin's relative_position_index of tokens numbered row by row. */
export function windowIndex(height: number, width: number, query: number, key: number): number {
  const rows = floor(query / width) - floor(key / width) + height - 1;
  const columns = (query % width) - (key % width) + width - 1;
  return rows * (2 * width - 1) + columns;
}

/** [heads][tokens][dim] */
export type Cube = number[][][];

export interface Attention {
  q: Cube;
  k: Cube;
  v: Cube;
  scale: number;
  biasScale: number;
  bias: BiasOf;
  positions: { query: number[]; key: number[] };
  visible(i: number, j: number, key: number): boolean;
}

export function attention({ q, k, v, scale, biasScale, bias, positions, visible }: Attention): {
  output: Cube;
  logSumExp: number[][];
} {
  const logSumExp = q.map((): number[] => []);
  const output = q.map((rows, h) =>
    rows.map((row, i) => {
      const at = positions.query[i];
      const logits = k[h].map((column, j) =>
        visible(at, positions.key[j], j)
          ? scale * row.reduce((sum, one, c) => sum + one * column[c], 0) + biasScale * bias(h, at, positions.key[j])
          : -Infinity,
      );
      const most = max(...logits);
      const weights = logits.map((one) => (most === -Infinity ? 0 : exp(one - most)));
      const sum = weights.reduce((total, one) => total + one, 0);
      logSumExp[h].push(most === -Infinity ? -Infinity : most + log(sum));
      return v[h][0].map((_, c) => (sum === 0 ? 0 : weights.reduce((total, one, j) => total + one * v[h][j][c], 0) / sum));
    }),
  );
  return { output, logSumExp };
}
