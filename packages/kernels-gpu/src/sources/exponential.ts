// exp and tanh by additions and multiplications only. The built-in ones of GPUs have errors of up to 60 ulp, which differ between drivers;
// these have about one and two.

/** Their largest errors, in units in the last place (ulp) of the result. */
export const EXP_ULP = 1;
export const TANH_ULP = 2;

/**
 * e^x for x <= 0, 0 below -88.7: Cody and Waite's reduction, the polynomial of Cephes' expf, and scaling by exact powers of two.
 */
export const EXP_NEGATIVE = `function expNegative(x) {
  let t = x;
  if (t < -104.0) { t = -104.0; }
  const n = Math.floor(t * 1.4426950408889634 + 0.5);
  const r = (t - n * 0.693359375) + n * 0.00021219444005469057;
  let p = 0.00019875691500;
  p = p * r + 0.0013981999507;
  p = p * r + 0.0083334519073;
  p = p * r + 0.041665795894;
  p = p * r + 0.16666665459;
  p = p * r + 0.50000001201;
  p = p * r * r + r + 1.0;
  let k = -n;
  if (k >= 128.0) { return 0.0; }
  if (k >= 64.0) { p = p * 5.421010862427522e-20; k = k - 64.0; }
  if (k >= 32.0) { p = p * 2.3283064365386963e-10; k = k - 32.0; }
  if (k >= 16.0) { p = p * 0.0000152587890625; k = k - 16.0; }
  if (k >= 8.0) { p = p * 0.00390625; k = k - 8.0; }
  if (k >= 4.0) { p = p * 0.0625; k = k - 4.0; }
  if (k >= 2.0) { p = p * 0.25; k = k - 2.0; }
  if (k >= 1.0) { p = p * 0.5; }
  return p;
}`;

/** tanh (Cephes' tanhf): an odd polynomial near 0, a quotient of exponentials beyond. */
export const HYPERBOLIC_TANGENT = `function hyperbolicTangent(x) {
  const a = Math.abs(x);
  if (a < 0.625) {
    const z = x * x;
    let p = -0.00570498872745;
    p = p * z + 0.0206390887954;
    p = p * z - 0.0537397155531;
    p = p * z + 0.133314422036;
    p = p * z - 0.333332819422;
    return p * z * x + x;
  }
  const e = expNegative(-2.0 * a);
  const y = 1.0 - 2.0 * e / (1.0 + e);
  if (x < 0.0) { return -y; }
  return y;
}`;
