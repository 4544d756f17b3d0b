// Softcap: bounds the scores before the bias is added.
import { ROW_GROUP } from './generated/variant';
import { tanh } from './exp';
import { KEY_BLOCK } from './row-block';

const ROW = KEY_BLOCK * 4;

/** In memory and loaded at each use, because V8 rebuilds a constant vector wherever a loop uses it. */
const MINUS_INFINITY: usize = memory.data<f32>([-Infinity]);

/** scores = cap * tanh(scores) + bias. The incoming scores have a bias of 0 and queries scaled by scale / cap. */
export function softcapTile(cap: f32, bias: usize, biasStride: isize, keys: i32, scores: usize): void {
  const c = f32x4.splat(cap);
  for (let row = 0; row < ROW_GROUP; ++row) {
    const at = scores + <usize>(row * ROW);
    const from = bias + <isize>row * biasStride;
    for (let j: usize = 0; j < <usize>keys * 4; j += 16) {
      const b = v128.load(from + j);
      const hidden = f32x4.eq(b, v128.load32_splat(MINUS_INFINITY));
      v128.store(at + j, f32x4.add(v128.andnot(f32x4.mul(c, tanh(v128.load(at + j))), hidden), b));
    }
  }
}
