// The one operation that all tiles and polynomials are made of.
import { MADD } from './generated/variant';

/** x * y + sum, rounded once where the variant has a fused operation and twice where not. */
export function madd(x: v128, y: v128, sum: v128): v128 {
  if (MADD) return f32x4.relaxed_madd(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}
