// The value tile: output of 4 rows = output * shrink + weights . values.
import { KEY_BLOCK } from './strip';

const ROW = KEY_BLOCK * 4;

/**
 * weights [4, keys] (row stride KEY_BLOCK), values [keys, columns] with `stride` bytes a row, output [4, columns].
 * columns is a multiple of 8; keys is any number above 0, so that nothing behind the last key is read.
 */
export function valueTile(
  weights: usize,
  values: usize,
  stride: usize,
  keys: i32,
  shrink: v128,
  columns: i32,
  output: usize,
): void {
  const row = <usize>columns * 4;
  const s0 = v128.shuffle<f32>(shrink, shrink, 0, 0, 0, 0);
  const s1 = v128.shuffle<f32>(shrink, shrink, 1, 1, 1, 1);
  const s2 = v128.shuffle<f32>(shrink, shrink, 2, 2, 2, 2);
  const s3 = v128.shuffle<f32>(shrink, shrink, 3, 3, 3, 3);
  for (let column: usize = 0; column < row; column += 32) {
    const o0 = output + column,
      o1 = o0 + row,
      o2 = o1 + row,
      o3 = o2 + row;
    let a0 = f32x4.mul(v128.load(o0), s0),
      a1 = f32x4.mul(v128.load(o0, 16), s0);
    let b0 = f32x4.mul(v128.load(o1), s1),
      b1 = f32x4.mul(v128.load(o1, 16), s1);
    let c0 = f32x4.mul(v128.load(o2), s2),
      c1 = f32x4.mul(v128.load(o2, 16), s2);
    let d0 = f32x4.mul(v128.load(o3), s3),
      d1 = f32x4.mul(v128.load(o3, 16), s3);
    let from = values + column;
    let p = weights;
    const end = weights + <usize>keys * 4;
    do {
      const v0 = v128.load(from);
      const v1 = v128.load(from, 16);
      let x = v128.load32_splat(p);
      a0 = f32x4.add(a0, f32x4.mul(x, v0));
      a1 = f32x4.add(a1, f32x4.mul(x, v1));
      x = v128.load32_splat(p, ROW);
      b0 = f32x4.add(b0, f32x4.mul(x, v0));
      b1 = f32x4.add(b1, f32x4.mul(x, v1));
      x = v128.load32_splat(p, 2 * ROW);
      c0 = f32x4.add(c0, f32x4.mul(x, v0));
      c1 = f32x4.add(c1, f32x4.mul(x, v1));
      x = v128.load32_splat(p, 3 * ROW);
      d0 = f32x4.add(d0, f32x4.mul(x, v0));
      d1 = f32x4.add(d1, f32x4.mul(x, v1));
      from += stride;
      p += 4;
    } while (p < end);
    v128.store(o0, a0);
    v128.store(o0, a1, 16);
    v128.store(o1, b0);
    v128.store(o1, b1, 16);
    v128.store(o2, c0);
    v128.store(o2, c1, 16);
    v128.store(o3, d0);
    v128.store(o3, d1, 16);
  }
}
