// Differentiating the row-scaled form one pair at a time, in float64: for the oracle, and for families that lower to it.
import type { RowScaledForm, RowScaledGradient } from './bias.ts';

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
