// The two things done to a lowered bias before a kernel reads it: rounding it to float32 once, and multiplying it by biasScale.
import type { LoweredBias } from './bias.ts';

/** float64 to float32, each number rounded to nearest even. */
export function roundLowered(lowered: LoweredBias<Float64Array>): LoweredBias {
  switch (lowered.form) {
    case 'none':
      return lowered;
    case 'toeplitz':
      return { ...lowered, values: Float32Array.from(lowered.values) };
    case 'row-scaled':
      return {
        ...lowered,
        features: Float32Array.from(lowered.features),
        rowScales: Float32Array.from(lowered.rowScales),
        breaks: Float32Array.from(lowered.breaks),
        slopes: Float32Array.from(lowered.slopes),
        intercepts: Float32Array.from(lowered.intercepts),
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
        values: lowered.values.map((one) => (one === -Infinity ? one : one * biasScale)),
      };
    case 'row-scaled':
      return {
        ...lowered,
        slopes: lowered.slopes.map((one) => one * biasScale),
        intercepts: lowered.intercepts.map((one) => one * biasScale),
      };
    default:
      return lowered satisfies never;
  }
}
