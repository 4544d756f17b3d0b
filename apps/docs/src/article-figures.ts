// The figures of the article's sections, computed when the site is built.
import type { Bias, Convention } from '@relbias/bias-spec';
import { alibi, biasFactor, fire, firstDistances, kerpleLog, perOffset, scalesOf, t5 } from '@relbias/bias-spec';
import { HEAD_DIM, LENGTHS, TRAINED } from './article-constants.ts';
import { reachOf, weightsByDistance } from '../components/article/sentence.ts';

/** One small chart: values over distances. */
interface SmallChart {
  readonly title: string;
  readonly xs: readonly number[];
  readonly values: readonly number[];
}

interface ConventionFigure extends SmallChart {
  readonly convention: Convention;
  readonly biasScale: number;
  /** Distances within which half and 90 % of the weight lie, over 2048 keys. */
  readonly reach: readonly number[];
}

interface LengthFigure extends SmallChart {
  readonly name: string;
  /** What the family says past the training length. */
  readonly past: string;
  /** The distance within which 90 % of the weight lies, for each of LENGTHS keys. */
  readonly reach: readonly number[];
}

export interface ArticleFigures {
  readonly conventions: readonly ConventionFigure[];
  /** What the slope of one convention acts as under the other. */
  readonly slope: { readonly given: number; readonly headDim: number; readonly acts: number };
  readonly lengths: readonly LengthFigure[];
}

const SLOPE = 1 / 4;
const SHARE = 0.9;
const CONVENTIONS = ['after-scaling', 'before-scaling', 'scaled-bias'] as const;

export function articleFigures(): ArticleFigures {
  return {
    conventions: CONVENTIONS.map(conventionFigure),
    slope: { given: 0.5, headDim: HEAD_DIM, acts: 0.5 * biasFactor('before-scaling', 'after-scaling', HEAD_DIM) },
    lengths: biases().map(lengthFigure),
  };
}

/** The weights of one ALiBi head over 13 keys of equal score. */
function conventionFigure(convention: Convention): ConventionFigure {
  const chosen = { bias: alibi({ heads: 1, slopes: [SLOPE] }), head: 0 };
  const setting = { convention, headDim: HEAD_DIM };
  const values = Array.from(weightsByDistance(chosen, 13, setting));
  const far = weightsByDistance(chosen, 2048, setting);
  return {
    title: convention,
    convention,
    biasScale: scalesOf(convention, HEAD_DIM).biasScale,
    xs: values.map((_, distance) => distance),
    values,
    reach: [0.5, SHARE].map((share) => reachOf(far, share)),
  };
}

interface Extrapolated {
  readonly name: string;
  readonly title: string;
  readonly bias: Bias;
  readonly past: string;
}

/** Families that agree up to the training length, as far as they can: all follow -ln(1 + distance) there, except ALiBi. */
function biases(): Extrapolated[] {
  const curve = kerpleLog({ heads: 1, r1: [1], r2: [1] });
  const onCurve = (distance: number): number => curve.value(0, distance, distance);
  const buckets = { numBuckets: 32, maxDistance: 128, bidirectional: false };
  const starts = firstDistances(buckets);
  const last = starts[starts.length - 1];
  return [
    {
      name: 'alibi',
      title: 'ALiBi, slope 1/16',
      bias: alibi({ heads: 1, slopes: [1 / 16] }),
      past: 'The line goes on. Far keys get no weight, at any length.',
    },
    {
      name: 'kerple-log',
      title: 'KERPLE (logarithmic)',
      bias: curve,
      past: 'The curve goes on: ten times the distance always costs the same. The reach grows with the context.',
    },
    {
      name: 't5',
      title: 'T5, 32 buckets',
      bias: t5({ heads: 1, ...buckets, table: starts.map((start) => onCurve(start ?? 0)) }),
      past: `All distances from ${last} on share the last bucket: ${last} and 8000 look the same.`,
    },
    {
      name: 'per-offset',
      title: 'One number per offset',
      bias: perOffset({
        heads: 1,
        maxDistance: TRAINED - 1,
        causal: true,
        table: Array.from({ length: TRAINED }, (_, distance) => onCurve(distance)),
      }),
      past: `Distances from ${TRAINED} on have no number. Here, as in most code, they get the last one.`,
    },
    {
      name: 'fire',
      title: 'FIRE',
      bias: fire({ heads: 1, w1: [1], b1: [0], w2: [-Math.log1p(TRAINED)], b2: [0], c: 1, threshold: TRAINED }),
      past: 'The whole context is mapped to the range that training saw, so the curve stretches.',
    },
  ];
}

/** The bias of the last query of the longest context, and the reach at each length. */
function lengthFigure({ name, title, bias, past }: Extrapolated): LengthFigure {
  const longest = LENGTHS[LENGTHS.length - 1];
  const xs = [...new Set(Array.from({ length: 161 }, (_, at) => Math.round(longest ** (at / 160)) - 1))];
  return {
    name,
    title,
    past,
    xs,
    values: xs.map((distance) => bias.value(0, distance, longest - 1)),
    reach: LENGTHS.map((keys) => reachOf(weightsByDistance({ bias, head: 0 }, keys), SHARE)),
  };
}
