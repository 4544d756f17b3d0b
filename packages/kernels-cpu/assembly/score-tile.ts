// The score tile: 4 rows x up to 64 keys of scale * q.k + bias, left in scratch as [4, KEY_BLOCK].
import { KEY_BLOCK } from './strip';
import { tanh } from './exp';

const ROW = KEY_BLOCK * 4;

/** Loaded at each use: V8 builds a constant vector anew wherever a loop uses it. */
const MINUS_INFINITY: usize = memory.data<f32>([-Infinity]);

/**
 * score + bias, and -Infinity where that hides the pair, whatever the score: finite numbers behind a mask may still overflow, and
 * Infinity - Infinity would be NaN.
 */
function biased(score: v128, bias: v128): v128 {
  const hidden = f32x4.eq(bias, v128.load32_splat(MINUS_INFINITY));
  return v128.bitselect(bias, f32x4.add(score, bias), hidden);
}

/**
 * scores[r][j] = q_r . k_j + bias[r][j] for 4 packed rows and `keys` (a multiple of 8) packed keys.
 * biasStride is the distance in bytes between the bias of two rows: -4 reads a reversed Toeplitz table in
 * place, KEY_BLOCK * 4 a bias tile. The bias is added last: as a start value a bias of +-1000 would cost every
 * one of the d additions its rounding.
 *
 * Register tile 4 x 2 vectors: 8 sums + 2 keys + 1 query fit the 15 registers that V8 hands out; 6 loads a turn.
 */
export function scoreTile(q: usize, k: usize, d: i32, bias: usize, biasStride: isize, keys: i32, scores: usize): void {
  const bytes = <usize>d * 16;
  let j = 0;
  do {
    let a0 = f32x4.splat(0),
      a1 = a0,
      b0 = a0,
      b1 = a0,
      c0 = a0,
      c1 = a0,
      d0 = a0,
      d1 = a0;
    const panel = k + <usize>j * <usize>d * 4;
    let at: usize = 0;
    do {
      const k0 = v128.load(panel + 2 * at);
      const k1 = v128.load(panel + 2 * at, 16);
      let x = v128.load32_splat(q + at);
      a0 = f32x4.add(a0, f32x4.mul(x, k0));
      a1 = f32x4.add(a1, f32x4.mul(x, k1));
      x = v128.load32_splat(q + at, 4);
      b0 = f32x4.add(b0, f32x4.mul(x, k0));
      b1 = f32x4.add(b1, f32x4.mul(x, k1));
      x = v128.load32_splat(q + at, 8);
      c0 = f32x4.add(c0, f32x4.mul(x, k0));
      c1 = f32x4.add(c1, f32x4.mul(x, k1));
      x = v128.load32_splat(q + at, 12);
      d0 = f32x4.add(d0, f32x4.mul(x, k0));
      d1 = f32x4.add(d1, f32x4.mul(x, k1));
      at += 16;
    } while (at < bytes);
    let from = bias + <usize>j * 4;
    const to = scores + <usize>j * 4;
    v128.store(to, biased(a0, v128.load(from)));
    v128.store(to, biased(a1, v128.load(from, 16)), 16);
    from += biasStride;
    v128.store(to, biased(b0, v128.load(from)), ROW);
    v128.store(to, biased(b1, v128.load(from, 16)), ROW + 16);
    from += biasStride;
    v128.store(to, biased(c0, v128.load(from)), 2 * ROW);
    v128.store(to, biased(c1, v128.load(from, 16)), 2 * ROW + 16);
    from += biasStride;
    v128.store(to, biased(d0, v128.load(from)), 3 * ROW);
    v128.store(to, biased(d1, v128.load(from, 16)), 3 * ROW + 16);
    j += 8;
  } while (j < keys);
}

/** scores = cap * tanh(scores) + bias: the scores came with a bias of 0 from queries scaled by scale / cap. */
export function softcapTile(cap: f32, bias: usize, biasStride: isize, keys: i32, scores: usize): void {
  const c = f32x4.splat(cap);
  for (let row = 0; row < 4; ++row) {
    const at = scores + <usize>(row * ROW);
    const from = bias + <isize>row * biasStride;
    for (let j: usize = 0; j < <usize>keys * 4; j += 16) {
      v128.store(at + j, biased(f32x4.mul(c, tanh(v128.load(at + j))), v128.load(from + j)));
    }
  }
}
