import { alibi, planAttention } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';

export const question = "What can 'brown' attend to in 'The quick brown fox'?";

const words = ['The', 'quick', 'brown', 'fox'];
const bias = alibi({ heads: 1, beta: 0.5 });
const plan = planAttention({
  heads: 1,
  queries: 4,
  keys: 4,
  headDim: 1,
  bias,
  mask: { causal: true },
});
const { weights } = attentionRow(
  plan,
  0,
  0,
  words.indexOf('brown'),
  [0, 0, 0, 0],
  [0, 0, 0, 0],
);
const seen = words.filter((_, j) => (weights[j] ?? 0) > 0);

export const table = {
  header: ['', ...words],
  rows: [["weight for 'brown', equal scores", ...weights]],
};
export const says = `With a causal mask: ${seen.join(', ')}. 'fox' is in the future; its weight is ${weights[3]}.`;
