// The closed form of FIRE past its threshold, and the way back: gradients of either form folded into the weights, c and the threshold.
import type { LoweredGradient, Parameter, ParameterGradients, RowScaledForm, RowScaledGradient } from '../bias.ts';
import type { FutureKeys } from '../future.ts';
import { learnedOnly, zeroGradients } from '../parameters.ts';
import type { Pieces, ReluNetwork } from '../piecewise-linear.ts';
import { findPieces, foldLines, linesOf } from '../piecewise-linear.ts';
import type { Positions } from '../positions.ts';
import { addRowScaled, zeroRowScaled } from '../row-scaled.ts';
import { requireForm } from '../toeplitz.ts';

type FireParameter = 'w1' | 'b1' | 'w2' | 'b2' | 'c' | 'thresholdMultiplier' | 'threshold';

export interface FireSettings {
  readonly heads: number;
  readonly future: FutureKeys;
  readonly eps: number;
  readonly parameters: Readonly<Record<FireParameter, Parameter>>;
  readonly network: ReluNetwork;
}

function thresholdOf({ parameters }: FireSettings): number {
  return Math.abs(parameters.thresholdMultiplier.data[0] * parameters.threshold.data[0]);
}

/**
 * Whether every query stands before the threshold, so that all rows divide by the same number. A query on the threshold itself would too,
 * but passes no gradient to it, which the table of a shared scale could not tell apart.
 */
export function sharesScale(settings: FireSettings, positions: Positions): boolean {
  const threshold = thresholdOf(settings);
  return positions.query.every((position) => position < threshold);
}

/** The row-scaled form of rows at these query positions, over all distances between `positions`. */
export function fireRowScaled(
  settings: FireSettings,
  { minDistance, maxDistance }: Positions,
  rows: Int32Array,
): { readonly form: RowScaledForm<Float64Array>; readonly pieces: Pieces } {
  const { heads, future, eps, parameters, network } = settings;
  const c = parameters.c.data[0];
  const threshold = thresholdOf(settings);
  const features = Float64Array.from({ length: maxDistance - minDistance + 1 }, (_, index) => {
    const distance = minDistance + index;
    // Any negative feature will do here: it falls into the silent piece.
    if (future === 'zero' && distance < 0) return -1;
    return (future === 'signed' ? Math.sign(distance) : 1) * Math.log1p(Math.abs(c * distance));
  });
  const rowScales = Float64Array.from(rows, (position) => 1 / (Math.log1p(Math.abs(c * Math.max(position, threshold))) + eps));
  const extremes = [features, rowScales].map((values) => [
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
  ]);
  const products = extremes[0].flatMap((feature) => extremes[1].map((rowScale) => feature * rowScale));
  const pieces = findPieces(network, Math.min(...products), Math.max(...products), future === 'zero');
  const { breaks } = pieces;
  return {
    pieces,
    form: { form: 'row-scaled', heads, minDistance, maxDistance, features, rowScales, breaks, ...linesOf(network, pieces) },
  };
}

/** Folds the gradient of the form that `lower` gave into the learned parameters. */
export function fireAdjoint(settings: FireSettings, positions: Positions, gradient: LoweredGradient): ParameterGradients {
  const { parameters, network } = settings;
  const shared = sharesScale(settings, positions);
  const rows = shared ? positions.query.subarray(0, 1) : positions.query;
  const { form, pieces } = fireRowScaled(settings, positions, rows);
  const folded = shared
    ? unfold(form, requireForm('fire', gradient, 'toeplitz').values)
    : requireForm('fire', gradient, 'row-scaled');
  const gradients = zeroGradients(parameters);
  foldLines(network, pieces, folded, gradients);
  // d ln(|c y| + 1) / dc, and / dy for y >= 0.
  const c = parameters.c.data[0];
  const byC = (y: number): number => (Math.sign(c) * Math.abs(y)) / (Math.abs(c * y) + 1);
  const byY = (y: number): number => Math.abs(c) / (Math.abs(c * y) + 1);
  folded.features.forEach((weight, index) => {
    gradients.c[0] += weight * Math.sign(form.features[index]) * byC(form.minDistance + index);
  });
  const product = parameters.thresholdMultiplier.data[0] * parameters.threshold.data[0];
  const threshold = thresholdOf(settings);
  rows.forEach((position, row) => {
    const longest = Math.max(position, threshold);
    const weight = -folded.rowScales[row] * form.rowScales[row] ** 2;
    gradients.c[0] += weight * byC(longest);
    if (threshold > position) {
      gradients.thresholdMultiplier[0] += weight * byY(longest) * Math.sign(product) * parameters.threshold.data[0];
    }
  });
  return learnedOnly(parameters, gradients);
}

/** The gradient of a table whose rows share one scale, taken apart as if each entry had been read through the row-scaled form. */
function unfold(form: RowScaledForm<Float64Array>, values: Float64Array): RowScaledGradient {
  const gradient = zeroRowScaled(form);
  const span = form.features.length;
  values.forEach((weight, entry) => addRowScaled(form, gradient, weight, Math.floor(entry / span), 0, entry % span));
  return gradient;
}
