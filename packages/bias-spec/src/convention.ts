// The four scale conventions in use, each a pair (scale, biasScale), and the exact conversion between them.
import { requireFinite, requireOneOf, requirePositive } from './check.ts';

/** The names of the conventions, see `Convention`. */
export const CONVENTIONS = ['before-scaling', 'unscaled', 'after-scaling', 'scaled-bias'] as const;

/**
 * The name of a scale convention. Logits are `scale * (q . k) + biasScale * bias`, d is headDim:
 *
 * | name             | scale     | biasScale | used by |
 * |------------------|-----------|-----------|-----|
 * | `before-scaling` | 1/sqrt(d) | 1/sqrt(d) | 'Foundations of Large Language Models' ch. 2, Transformer-XL |
 * | `unscaled`       | 1         | 1         | T5 |
 * | `after-scaling`  | 1/sqrt(d) | 1         | ALiBi in practice, MPT, BLOOM, KERPLE, FIRE, Swin, ONNX |
 * | `scaled-bias`    | 1/sqrt(d) | sqrt(d)   | x-transformers and GPT-NeoX T5 |
 */
export type Convention = (typeof CONVENTIONS)[number];

/** The two factors of the logits. */
export interface Scales {
  readonly scale: number;
  readonly biasScale: number;
}

/**
 * The factors of a convention for a head dimension.
 *
 * @example
 * scalesOf('before-scaling', 64); // { scale: 0.125, biasScale: 0.125 }
 */
export function scalesOf(convention: Convention, headDim: number): Scales {
  requireOneOf('convention', convention, CONVENTIONS);
  requirePositive('headDim', headDim);
  const root = Math.sqrt(headDim);
  switch (convention) {
    case 'before-scaling':
      return { scale: 1 / root, biasScale: 1 / root };
    case 'unscaled':
      return { scale: 1, biasScale: 1 };
    case 'after-scaling':
      return { scale: 1 / root, biasScale: 1 };
    case 'scaled-bias':
      return { scale: 1 / root, biasScale: root };
  }
}

/**
 * The factor by which a bias must be multiplied to have the same effect under `to` as under `from`, relative to the content score.
 * Between conventions with the same scale the logits stay identical. If the scale differs too (`unscaled`), they are all multiplied by one
 * factor, which the query or key weights must absorb.
 *
 * @example
 * biasFactor('before-scaling', 'after-scaling', 64); // 0.125: a slope of 0.5 acted as 0.0625
 */
export function biasFactor(from: Convention, to: Convention, headDim: number): number {
  const source = scalesOf(from, headDim);
  const target = scalesOf(to, headDim);
  return requireFinite('biasFactor', (source.biasScale * target.scale) / (source.scale * target.biasScale));
}
