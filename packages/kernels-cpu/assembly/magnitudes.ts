// A quick test whether inputs are small enough that nothing computed from them can overflow float32. If it fails, the check of bias-spec decides,
// which sums in float64 and takes the mask into account.

/**
 * Whether the squares of `count` floats add up to less than 2^100 (within a thousandth, as float32 sums them). Then no number is NaN or
 * infinite, no row's norm reaches 2^50, no score 2^100 times the scale, and no sum of 2^23 values 2^73.
 */
export function hasSafeMagnitudes(source: usize, count: i32): bool {
  const end = source + <usize>count * 4;
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let at = source;
  for (; at + 64 <= end; at += 64) {
    const x = v128.load(at);
    const y = v128.load(at, 16);
    const z = v128.load(at, 32);
    const w = v128.load(at, 48);
    a = f32x4.add(a, f32x4.mul(x, x));
    b = f32x4.add(b, f32x4.mul(y, y));
    c = f32x4.add(c, f32x4.mul(z, z));
    d = f32x4.add(d, f32x4.mul(w, w));
  }
  const sums = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  let squares: f32 = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
  squares += f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
  for (; at < end; at += 4) squares += load<f32>(at) * load<f32>(at);
  return squares < <f32>(2 ** 100);
}
