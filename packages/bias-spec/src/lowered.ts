// What is done to a lowered bias before a kernel reads it: rounding it to float32 once, multiplying it by biasScale, and making a table
// of it where all rows share one scale.
import type { LoweredBias } from './bias.ts';
import { ParameterError } from './errors.ts';
import { rowScaledValue } from './row-scaled.ts';

/**
 * float64 to float32, each number rounded to nearest even.
 *
 * @throws ParameterError where a number is NaN or beyond float32: an overflow to -Infinity would hide a pair without a word.
 */
export function roundLowered(lowered: LoweredBias<Float64Array>): LoweredBias {
  switch (lowered.form) {
    case 'none':
      return lowered;
    case 'toeplitz':
      return { ...lowered, values: rounded(lowered.values) };
    case 'row-scaled':
      return {
        ...lowered,
        features: rounded(lowered.features),
        rowScales: rounded(lowered.rowScales),
        breaks: rounded(lowered.breaks),
        slopes: rounded(lowered.slopes),
        intercepts: rounded(lowered.intercepts),
      };
    default:
      return lowered satisfies never;
  }
}

/** The same form, giving biasScale * bias. Hidden pairs (-Infinity) stay hidden whatever the factor. */
export function scaleLowered(lowered: LoweredBias, biasScale: number): LoweredBias {
  switch (lowered.form) {
    case 'none':
      return lowered;
    case 'toeplitz':
      return { ...lowered, values: rounded(lowered.values, biasScale) };
    case 'row-scaled':
      return {
        ...lowered,
        slopes: rounded(lowered.slopes, biasScale),
        intercepts: rounded(lowered.intercepts, biasScale),
      };
    default:
      return lowered satisfies never;
  }
}

/**
 * A row-scaled form whose rows all have the same scale (FIRE before its threshold) as a table by distance, which kernels read faster; any
 * other form as it is. The table holds the numbers that a kernel would compute pair by pair, so that it changes no bit: a bias must not
 * depend on which other rows a problem has. Scale first (`scaleLowered`), as a table is scaled in one rounding.
 */
export function tabulated(lowered: LoweredBias): LoweredBias {
  if (lowered.form !== 'row-scaled') return lowered;
  const { heads, minDistance, maxDistance, rowScales } = lowered;
  if (rowScales.some((scale) => scale !== rowScales[0])) return lowered;
  const span = maxDistance - minDistance + 1;
  const values = new Float32Array(heads * span);
  for (let h = 0; h < heads; h++) {
    for (let index = 0; index < span; index++) values[h * span + index] = rowScaledValue(lowered, h, 0, minDistance + index);
  }
  return { form: 'toeplitz', heads, minDistance, maxDistance, values };
}

/** factor * values, computed in float64 and rounded once; -Infinity stays what it is. A plain loop, as tables reach millions of entries. */
function rounded(values: Float64Array | Float32Array, factor = 1): Float32Array {
  const float32 = new Float32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const hidden = values[index] === -Infinity;
    float32[index] = hidden ? -Infinity : factor * values[index];
    if (hidden || Number.isFinite(float32[index])) continue;
    throw new ParameterError({
      what: 'bias',
      got: String(factor * values[index]),
      wanted: 'numbers that float32 can hold, or -Infinity to hide a pair',
      hint: 'Check the size of its parameters, and biasScale.',
    });
  }
  return float32;
}
