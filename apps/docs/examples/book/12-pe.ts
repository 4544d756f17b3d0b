import { alibi, planAttention } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';

export const question = 'What does PE(i, j) do in the score?';

const bias = alibi({ heads: 1, beta: 0.5 });
const plan = planAttention({
  heads: 1,
  queries: 4,
  keys: 4,
  headDim: 1,
  bias,
  mask: { causal: true },
});
const same = [1, 1, 1, 1]; // every pair has the same score
const { weights } = attentionRow(plan, 0, 0, 3, same, same);
const ratio = (weights[2] ?? 0) / (weights[1] ?? 1);

export const table = {
  header: ['key', 0, 1, 2, 3],
  rows: [['weight of query 3', ...weights]],
};
export const says = `It adds a number that depends on the two positions to the score of the pair, so softmax multiplies the weight by e to that number. With a slope of 0.5, key 2 gets ${ratio.toFixed(3)} times the weight of key 1 although their scores are equal: e^0.5 = ${Math.exp(0.5).toFixed(3)}.`;
