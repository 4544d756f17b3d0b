// The families of the article's figure: what the one slider means for each, and the bias it makes. Learned families have no trained numbers
// here: `origin` says which ones were chosen for the figure.
import type { Bias } from '@relbias/bias-spec';
import { alibi, fire, kerpleLog, kerplePower, none, perOffset, sandwich, t5 } from '@relbias/bias-spec';
import { show } from '../plot/format.ts';

/** The slider: it moves in equal steps, `value` turns a step into the number that the family takes. */
interface Slider {
  readonly label: string;
  readonly steps: number;
  readonly start: number;
  value(step: number): number;
  /** The value as the figure shows it. */
  text(value: number): string;
  /** What it does, where the rule does not say so. */
  readonly hint?: string;
}

export interface FigureFamily {
  readonly name: string;
  readonly title: string;
  /** The rule in one line. */
  readonly rule: string;
  /** Where its numbers come from. */
  readonly origin: string;
  readonly slider?: Slider;
  /** The bias for a value of the slider, and the head that the figure shows of it. */
  choose(value: number): Chosen;
}

export interface Chosen {
  readonly bias: Bias;
  readonly head: number;
}

/** What the figure starts with. */
export const SENTENCE = 'the dog chased the cat until the cat turned and chased the dog';

/** Buckets of the figure's T5 table: few, because a sentence is short. */
const BUCKETS = 8;
/** Offsets up to here have a number of their own at most. */
const FARTHEST = 23;

/** A straight line with a bump at the previous word. */
const chosen = (index: number): number => (index === 1 ? 1 : -index / 4);
const table = (count: number): number[] => Array.from({ length: count }, (_, index) => chosen(index));

export const figureFamilies: readonly FigureFamily[] = [
  {
    name: 'alibi',
    title: 'ALiBi',
    rule: 'bias = −slope · distance',
    origin: 'Nothing is learned. A model with 8 heads has one head for each of the slopes 1/2, 1/4, … 1/256.',
    slider: {
      label: 'slope',
      steps: 16,
      start: 4,
      value: (step) => 2 ** (-step / 2),
      text: (value) => (Number.isInteger(1 / value) ? `1/${1 / value}`.replace(/^1\/1$/, '1') : show(value)),
    },
    choose: (slope) => ({ bias: alibi({ heads: 1, slopes: [slope] }), head: 0 }),
  },
  {
    name: 't5',
    title: 'T5',
    rule: `bias = table[bucket(distance)], here with ${BUCKETS} buckets`,
    origin:
      'The buckets are T5’s. The table is learned; its numbers here were chosen for this figure, with a bump at the previous word.',
    slider: {
      label: 'maxDistance',
      steps: 59,
      start: 11,
      value: (step) => step + 5,
      text: show,
      hint: 'All distances from maxDistance on share the last bucket.',
    },
    choose: (maxDistance) => ({
      bias: t5({ heads: 1, numBuckets: BUCKETS, maxDistance, bidirectional: false, table: table(BUCKETS) }),
      head: 0,
    }),
  },
  {
    name: 'per-offset',
    title: 'One number per offset',
    rule: 'bias = table[min(distance, maxDistance)]',
    origin: 'The table is learned; its numbers here were chosen for this figure, with a bump at the previous word.',
    slider: {
      label: 'maxDistance',
      steps: FARTHEST - 1,
      start: 5,
      value: (step) => step + 1,
      text: show,
      hint: 'Distances beyond maxDistance get the last number of the table.',
    },
    choose: (maxDistance) => ({
      bias: perOffset({ heads: 1, maxDistance, causal: true, table: table(maxDistance + 1) }),
      head: 0,
    }),
  },
  {
    name: 'kerple-log',
    title: 'KERPLE (logarithmic)',
    rule: 'bias = −r₁ · ln(1 + r₂ · distance)',
    origin: 'Each head learns r₁ and r₂. Here r₁ = 1, and the slider is r₂.',
    slider: logarithmic('r₂', -2, 2, 24, 12),
    choose: (r2) => ({ bias: kerpleLog({ heads: 1, r1: [1], r2: [r2] }), head: 0 }),
  },
  {
    name: 'kerple-power',
    title: 'KERPLE (power)',
    rule: 'bias = −r₁ · distance^r₂',
    origin: 'Each head learns r₁ and r₂. Here r₁ = 0.25, and the slider is r₂; r₂ = 1 is ALiBi with the slope 1/4.',
    slider: { label: 'r₂', steps: 19, start: 9, value: (step) => (step + 1) / 10, text: show },
    choose: (r2) => ({ bias: kerplePower({ heads: 1, r1: [0.25], r2: [r2] }), head: 0 }),
  },
  {
    name: 'fire',
    title: 'FIRE',
    rule: 'bias = f(ln(1 + c · distance) / ln(1 + c · max(i, L)))',
    origin:
      'The network f, the constant c and the threshold L are learned. Here f(x) = −6x and c = 0.1, and the slider is L. Once the query’s position i exceeds L, the same distance gets another bias at another query.',
    slider: { label: 'L', steps: 9, start: 4, value: (step) => 2 ** step, text: show },
    choose: (threshold) => ({ bias: fire({ heads: 1, w1: [1], b1: [0], w2: [-6], b2: [0], threshold }), head: 0 }),
  },
  {
    name: 'sandwich',
    title: 'Sandwich',
    rule: 'bias = the inner product of two sinusoidal embeddings, times 1/head',
    origin: 'Nothing is learned. The slider picks one of 8 heads; the formula counts them from 1.',
    slider: { label: 'head', steps: 7, start: 5, value: (step) => step + 1, text: (value) => `${value} of 8` },
    choose: (head) => ({ bias: sandwich({ heads: 8 }), head: head - 1 }),
  },
  {
    name: 'none',
    title: 'No bias',
    rule: 'bias = 0',
    origin: 'The scores alone decide. Where they are equal, so are the weights.',
    choose: () => ({ bias: none(), head: 0 }),
  },
];

export const titles: Readonly<Record<string, string>> = Object.fromEntries(
  figureFamilies.map(({ name, title }) => [name, title]),
);

/** The family of that name. */
export function figureFamily(name: string): FigureFamily {
  const found = figureFamilies.find((family) => family.name === name);
  if (found === undefined) throw new Error(`The figure has no family ${name}`);
  return found;
}

/** Powers of 10 between two exponents. */
function logarithmic(label: string, low: number, high: number, steps: number, start: number): Slider {
  return { label, steps, start, value: (step) => 10 ** (low + ((high - low) * step) / steps), text: show };
}
