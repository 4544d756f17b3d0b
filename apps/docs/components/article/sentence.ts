// One row of attention over the words of a sentence: scores, bias and weights of the chosen query, and how far its attention reaches.
import type { Convention } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';
import type { Chosen } from './families.ts';

export const MAX_WORDS = 24;
/** The score q·k of two equal words, where equal words attract. */
export const SAME_WORD_SCORE = 3;
/** The number of keys in the long context whose reach the figure also shows. */
export const LONG_CONTEXT = 2048;

/** One key as the query sees it. */
export interface SeenKey {
  readonly word: string;
  readonly distance: number;
  /** scale * q.k */
  readonly score: number;
  /** biasScale * bias */
  readonly bias: number;
  readonly weight: number;
}

/** Words as they are compared: without case and punctuation. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '') || word;

/** The words of a text. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/**
 * The keys that the word at `query` sees under a causal mask, in the order of the sentence.
 *
 * @param sameWordScore - scale * q.k of two equal words; that of different words is 0.
 */
export function seenKeys(words: readonly string[], query: number, { bias, head }: Chosen, sameWordScore: number): SeenKey[] {
  const tokens = words.length;
  const kinds = words.map(plain);
  const vocabulary = [...new Set(kinds)];
  const headDim = vocabulary.length;
  const heads = Math.max(1, bias.heads);
  const plan = planAttention({
    heads,
    keyValueHeads: 1,
    queries: tokens,
    keys: tokens,
    headDim,
    bias,
    mask: { causal: true },
  });
  // One component for each word: the product of two vectors is 1 for equal words, and 0 otherwise.
  const q = new Float64Array(heads * tokens * headDim);
  const k = new Float64Array(tokens * headDim);
  kinds.forEach((kind, index) => {
    const component = vocabulary.indexOf(kind);
    q[(head * tokens + index) * headDim + component] = sameWordScore / plan.scale;
    k[index * headDim + component] = 1;
  });
  const { weights } = attentionRow(plan, 0, head, query, q, k);
  return words.slice(0, query + 1).map((word, key) => {
    const distance = query - key;
    return {
      word,
      distance,
      score: kinds[key] === kinds[query] ? sameWordScore : 0,
      bias: plan.biasScale * bias.value(head, distance, query),
      weight: weights[key],
    };
  });
}

/** The weights by distance, from 0 on, of the last of `keys` tokens, all scores equal; in the bias's own convention or in another. */
export function weightsByDistance(
  { bias, head }: Chosen,
  keys: number,
  other?: { convention: Convention; headDim: number },
): Float64Array {
  const heads = Math.max(1, bias.heads);
  const plan = planAttention({ heads, keyValueHeads: 1, queries: 1, keys, headDim: 1, bias, ...other });
  const { weights } = attentionRow(
    plan,
    0,
    head,
    0,
    new Float64Array(heads * plan.headDim),
    new Float64Array(keys * plan.headDim),
  );
  return weights.toReversed();
}

/** The smallest distance within which a share of the weight lies, from weights by distance. */
export function reachOf(byDistance: ArrayLike<number>, share: number): number {
  // Weights that should add up to the share exactly may miss it by rounding.
  const wanted = share - 1e-12;
  let sum = 0;
  for (let distance = 0; distance < byDistance.length; distance++) {
    sum += byDistance[distance];
    if (sum >= wanted) return distance;
  }
  return byDistance.length - 1;
}
