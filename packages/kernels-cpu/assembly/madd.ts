// Multiply-add, the operation of all tiles and polynomials.
import { MADD } from './generated/variant';

/** x * y + sum, rounded once if the variant has a fused operation, otherwise twice. */
export function madd(x: v128, y: v128, sum: v128): v128 {
  if (MADD) return f32x4.relaxed_madd(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}
