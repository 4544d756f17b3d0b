// The two things done to a lowered bias before a kernel reads it: rounding it to float32 once, and multiplying it by biasScale.
import type { LoweredBias } from './bias.ts';
import { ParameterError } from './errors.ts';

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
      return { ...lowered, values: toFloat32(lowered.values) };
    case 'row-scaled':
      return {
        ...lowered,
        features: toFloat32(lowered.features),
        rowScales: toFloat32(lowered.rowScales),
        breaks: toFloat32(lowered.breaks),
        slopes: toFloat32(lowered.slopes),
        intercepts: toFloat32(lowered.intercepts),
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
      return {
        ...lowered,
        values: toFloat32(Float64Array.from(lowered.values, (one) => (one === -Infinity ? one : one * biasScale))),
      };
    case 'row-scaled':
      return {
        ...lowered,
        slopes: toFloat32(Float64Array.from(lowered.slopes, (one) => one * biasScale)),
        intercepts: toFloat32(Float64Array.from(lowered.intercepts, (one) => one * biasScale)),
      };
    default:
      return lowered satisfies never;
  }
}

function toFloat32(values: Float64Array): Float32Array {
  const rounded = Float32Array.from(values);
  const wrong = rounded.findIndex((one, index) => !Number.isFinite(one) && values[index] !== -Infinity);
  if (wrong === -1) return rounded;
  throw new ParameterError({
    what: 'bias',
    got: String(values[wrong]),
    wanted: 'numbers that float32 can hold, or -Infinity to hide a pair',
    hint: 'Check the size of its parameters, and biasScale.',
  });
}
