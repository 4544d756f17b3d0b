// The term of FIRE, and its adjoint: the gradient of the term folded into those of the weights, c and the threshold.
import type { Parameter, ParameterGradients } from '../bias.ts';
import { MAX_POSITION } from '../check.ts';
import type { FutureKeys } from '../future.ts';
import { learnedOnly, zeroGradients } from '../parameters.ts';
import type { Pieces, ReluNetwork } from '../piecewise-linear.ts';
import { findPieces, foldLines, linesOf } from '../piecewise-linear.ts';
import type { Positions } from '../positions.ts';
import { onlyGradient } from '../terms/gradient.ts';
import type { RowScaledTerm, TermGradient } from '../terms/term.ts';

type FireParameter = 'w1' | 'b1' | 'w2' | 'b2' | 'c' | 'thresholdMultiplier' | 'threshold';

export interface FireSettings {
  readonly heads: number;
  readonly future: FutureKeys;
  readonly eps: number;
  readonly parameters: Readonly<Record<FireParameter, Parameter>>;
  readonly network: ReluNetwork;
}

/** Rows at positions below it share one scale. */
export function thresholdOf({ parameters }: FireSettings): number {
  return Math.abs(parameters.thresholdMultiplier.data[0] * parameters.threshold.data[0]);
}

/** The largest distance, see MAX_POSITION. */
const LONGEST = 2 * MAX_POSITION;

/**
 * The row-scaled term, with one row per query. Each of its numbers depends on one distance, one row or the weights only. The pieces cover every
 * x of any distance and row, so the bias of a pair does not depend on the other rows and keys of the problem.
 */
export function fireRowScaled(
  settings: FireSettings,
  { minDistance, maxDistance, query }: Positions,
): { readonly term: RowScaledTerm<Float64Array>; readonly pieces: Pieces } {
  const { heads, future, eps, parameters, network } = settings;
  const c = parameters.c.data[0];
  const threshold = thresholdOf(settings);
  const scaleAt = (position: number): number => 1 / (Math.log1p(Math.abs(c * Math.max(position, threshold))) + eps);
  const features = Float64Array.from({ length: maxDistance - minDistance + 1 }, (_, index) => {
    const distance = minDistance + index;
    // Any negative feature falls into the piece that is 0.
    if (future === 'zero' && distance < 0) return -1;
    return (future === 'signed' ? Math.sign(distance) : 1) * Math.log1p(Math.abs(c * distance));
  });
  const rowScales = Float64Array.from(query, scaleAt);
  // The scale is largest in rows below the threshold.
  const most = Math.log1p(Math.abs(c * LONGEST)) * scaleAt(0);
  const pieces = findPieces(network, future === 'signed' ? -most : 0, most, future === 'zero');
  const { breaks } = pieces;
  return {
    pieces,
    term: { kind: 'row-scaled', heads, minDistance, maxDistance, features, rowScales, breaks, ...linesOf(network, pieces) },
  };
}

/** Folds the gradient of the term into the gradients of the learned parameters. */
export function fireAdjoint(settings: FireSettings, positions: Positions, given: readonly TermGradient[]): ParameterGradients {
  const { parameters, network } = settings;
  const folded = onlyGradient('fire', given, 'row-scaled');
  const { term, pieces } = fireRowScaled(settings, positions);
  const gradients = zeroGradients(parameters);
  foldLines(network, pieces, folded, gradients);
  // d ln(|c y| + 1) / dc, and / dy for y >= 0.
  const c = parameters.c.data[0];
  const byC = (y: number): number => (Math.sign(c) * Math.abs(y)) / (Math.abs(c * y) + 1);
  const byY = (y: number): number => Math.abs(c) / (Math.abs(c * y) + 1);
  folded.features.forEach((weight, index) => {
    gradients.c[0] += weight * Math.sign(term.features[index]) * byC(term.minDistance + index);
  });
  const product = parameters.thresholdMultiplier.data[0] * parameters.threshold.data[0];
  const threshold = thresholdOf(settings);
  positions.query.forEach((position, row) => {
    const longest = Math.max(position, threshold);
    const weight = -folded.rowScales[row] * term.rowScales[row] ** 2;
    gradients.c[0] += weight * byC(longest);
    if (threshold > position) {
      gradients.thresholdMultiplier[0] += weight * byY(longest) * Math.sign(product) * parameters.threshold.data[0];
    }
  });
  return learnedOnly(parameters, gradients);
}
