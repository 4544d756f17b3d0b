// Repacks inputs: halves become float32, and rows of a row-major matrix become panels, which the tiles read sequentially.
// A panel holds `width` rows as [headDim, width]. Missing rows of the last panel are 0.

/** The bytes of `rows` rows of headDim floats in panels of `width`. f64, so no size overflows. */
export function packedBytes(rows: i32, headDim: i32, width: i32): f64 {
  return <f64>(((rows + width - 1) / width) * width) * <f64>headDim * 4;
}

/** source [rows, headDim] times `factor` -> target [ceil(rows / width), headDim, width]. width is even, and at least 4. */
export function packPanels(source: usize, rows: i32, headDim: i32, width: i32, factor: f32, target: usize): void {
  const padded = ((rows + width - 1) / width) * width;
  const step = <usize>width * 4;
  const stride = <usize>headDim * 4;
  let row = 0;
  while (row < padded) {
    const inPanel = row % width;
    const together = min(4, width - inPanel);
    const panel = target + <usize>(row - inPanel) * stride + <usize>inPanel * 4;
    const from = source + <usize>row * stride;
    let c = 0;
    if (row + together <= rows) {
      if (together == 4) {
        for (; c + 4 <= headDim; c += 4) transpose4(from + <usize>c * 4, stride, factor, panel + <usize>c * step, step);
      } else {
        for (; c + 4 <= headDim; c += 4) transpose2(from + <usize>c * 4, stride, factor, panel + <usize>c * step, step);
      }
    }
    for (; c < headDim; ++c) {
      for (let r = 0; r < together; ++r) {
        const x: f32 = row + r < rows ? load<f32>(from + <usize>r * stride + <usize>c * 4) * factor : 0;
        store<f32>(panel + <usize>c * step + <usize>r * 4, x);
      }
    }
    row += together;
  }
}

/**
 * source [rows, headDim] -> panels of `width` at target, starting at their row `at`. Rows before `at` are unchanged; missing rows of the last panel
 * are 0 if they were 0 before.
 */
export function appendPanels(source: usize, rows: i32, headDim: i32, width: i32, at: i32, target: usize): void {
  let row = 0;
  for (; row < rows && (at + row) % width != 0; ++row) {
    const to = rowOfPanel(at + row, headDim, width, target);
    for (let c: usize = 0; c < <usize>headDim; ++c) {
      store<f32>(to + c * <usize>width * 4, load<f32>(source + (<usize>row * <usize>headDim + c) * 4));
    }
  }
  const done = <usize>row * <usize>headDim * 4;
  packPanels(source + done, rows - row, headDim, width, 1, target + <usize>at * <usize>headDim * 4 + done);
}

/** Clears the rows from `at` to the end of its panel. */
export function clearPanel(headDim: i32, width: i32, at: i32, target: usize): void {
  for (let row = at; row % width != 0; ++row) {
    const to = rowOfPanel(row, headDim, width, target);
    for (let c: usize = 0; c < <usize>headDim; ++c) store<f32>(to + c * <usize>width * 4, 0);
  }
}

function rowOfPanel(row: i32, headDim: i32, width: i32, target: usize): usize {
  const inPanel = <usize>(row % width);
  return target + ((<usize>row - inPanel) * <usize>headDim + inPanel) * 4;
}

/** Four rows of four floats, times factor, transposed. */
function transpose4(from: usize, stride: usize, factor: f32, to: usize, step: usize): void {
  const f = f32x4.splat(factor);
  const r0 = f32x4.mul(v128.load(from), f);
  const r1 = f32x4.mul(v128.load(from + stride), f);
  const r2 = f32x4.mul(v128.load(from + 2 * stride), f);
  const r3 = f32x4.mul(v128.load(from + 3 * stride), f);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** Two rows of four floats, times factor, transposed. */
function transpose2(from: usize, stride: usize, factor: f32, to: usize, step: usize): void {
  const f = f32x4.splat(factor);
  const r0 = f32x4.mul(v128.load(from), f);
  const r1 = f32x4.mul(v128.load(from + stride), f);
  const low = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  v128.store64_lane(to, low, 0);
  v128.store64_lane(to + step, low, 1);
  v128.store64_lane(to + 2 * step, high, 0);
  v128.store64_lane(to + 3 * step, high, 1);
}

/** source [rows, valueDim] -> target [rows, stride] with zeros after valueDim. Needed only if valueDim is not a multiple of 8. */
export function padRows(source: usize, rows: i32, valueDim: i32, stride: i32, target: usize): void {
  memory.fill(target, 0, <usize>(rows * stride * 4));
  for (let row = 0; row < rows; ++row) {
    memory.copy(target + <usize>(row * stride * 4), source + <usize>(row * valueDim * 4), <usize>(valueDim * 4));
  }
}

/**
 * Constants for float16, by index: the mask of its sign and fields at the place of float32's, with the sign spread over three more bits; the factor
 * that corrects the difference of the exponent biases; the mask of the magnitude; the largest finite magnitude; the exponent of infinity and NaN in
 * float32. Loaded before a loop, because V8 rebuilds a constant vector at every use inside one.
 */
const FLOAT16: usize = memory.data<i32>([0x8fffe000, 0x77800000, 0x7fffffff, 0x0f7fffff, 0x7f800000]);

function float16Constant(n: usize): v128 {
  return v128.load32_splat(FLOAT16 + 4 * n);
}

/**
 * source [count] of float16 or bfloat16 -> target [count] of float32, exact for subnormal numbers, infinities and NaN too. The source may be the
 * second half of the target: reading is always ahead of writing.
 */
export function widenHalves(source: usize, count: i32, bfloat: bool, target: usize): void {
  if (bfloat) widenBfloat16(source, count, target);
  else widenFloat16(source, count, target);
}

function widenBfloat16(source: usize, count: i32, target: usize): void {
  let n: usize = 0;
  for (; n + 8 <= <usize>count; n += 8) {
    const halves = v128.load(source + 2 * n);
    const low = i32x4.shl(i32x4.extend_low_i16x8_u(halves), 16);
    const high = i32x4.shl(i32x4.extend_high_i16x8_u(halves), 16);
    v128.store(target + 4 * n, low);
    v128.store(target + 4 * n, high, 16);
  }
  for (; n < <usize>count; ++n) store<i32>(target + 4 * n, (<i32>load<u16>(source + 2 * n)) << 16);
}

function widenFloat16(source: usize, count: i32, target: usize): void {
  const fields = float16Constant(0);
  const unit = float16Constant(1);
  const size = float16Constant(2);
  const finite = float16Constant(3);
  const beyond = float16Constant(4);
  let n: usize = 0;
  for (; n + 8 <= <usize>count; n += 8) {
    const halves = v128.load(source + 2 * n);
    const low = fromFloat16(i32x4.extend_low_i16x8_s(halves), fields, unit, size, finite, beyond);
    const high = fromFloat16(i32x4.extend_high_i16x8_s(halves), fields, unit, size, finite, beyond);
    v128.store(target + 4 * n, low);
    v128.store(target + 4 * n, high, 16);
  }
  for (; n < <usize>count; ++n) {
    const half = i32x4.splat(<i32>load<i16>(source + 2 * n));
    v128.store32_lane(target + 4 * n, fromFloat16(half, fields, unit, size, finite, beyond), 0);
  }
}

/** Four float16 in sign-extended lanes. Multiplying, instead of adding to the exponent, also handles subnormal numbers. */
function fromFloat16(bits: v128, fields: v128, unit: v128, size: v128, finite: v128, beyond: v128): v128 {
  const shifted = v128.and(i32x4.shl(bits, 13), fields);
  // Infinity and NaN have the largest exponent field in both formats.
  return v128.or(f32x4.mul(shifted, unit), v128.and(i32x4.gt_s(v128.and(shifted, size), finite), beyond));
}
