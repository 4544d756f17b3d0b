// The row-scaled form one pair at a time: its value in float32, as every kernel computes it, and its derivatives in float64, for the
// oracle and for families that lower to it.
import type { RowScaledForm, RowScaledGradient } from './bias.ts';

/**
 * The bias of head h, row `row` of `rowScales` and a key at this distance. Each operation is rounded to float32 in this order, so that
 * every kernel that follows it has the same bits: x = feature * rowScale, then slope * x, then + intercept.
 */
export function rowScaledValue(form: RowScaledForm, h: number, row: number, distance: number): number {
  const { features, rowScales, breaks, slopes, intercepts, minDistance } = form;
  const x = Math.fround(features[distance - minDistance] * rowScales[row]);
  let piece = h * (breaks.length + 1);
  for (let index = 0; index < breaks.length && breaks[index] < x; index++) piece++;
  return Math.fround(Math.fround(slopes[piece] * x) + intercepts[piece]);
}

export function zeroRowScaled(form: RowScaledForm<Float64Array>): RowScaledGradient {
  return {
    form: 'row-scaled',
    features: new Float64Array(form.features.length),
    rowScales: new Float64Array(form.rowScales.length),
    slopes: new Float64Array(form.slopes.length),
    intercepts: new Float64Array(form.intercepts.length),
  };
}

/** Adds weight * d bias / d form for one head, one row of `rowScales` and one entry of `features`. */
export function addRowScaled(
  form: RowScaledForm<Float64Array>,
  gradient: RowScaledGradient,
  weight: number,
  head: number,
  row: number,
  entry: number,
): void {
  const feature = form.features[entry];
  const rowScale = form.rowScales[row];
  const x = feature * rowScale;
  const piece = head * (form.breaks.length + 1) + form.breaks.filter((one) => one < x).length;
  const slope = form.slopes[piece];
  gradient.slopes[piece] += weight * x;
  gradient.intercepts[piece] += weight;
  gradient.features[entry] += weight * slope * rowScale;
  gradient.rowScales[row] += weight * slope * feature;
}
