import { alibi, planAttention } from '@relbias/bias-spec';
import { attentionRow } from '@relbias/bias-spec/oracle';

export const question = 'What does a large beta do, and a small one?';

const tokens = 64;
const zeros = new Float64Array(tokens); // equal scores: the bias alone decides

function lastRow(beta: number) {
  const bias = alibi({ heads: 1, beta });
  const plan = planAttention({
    heads: 1,
    queries: tokens,
    keys: tokens,
    headDim: 1,
    bias,
    mask: { causal: true },
  });
  return attentionRow(plan, 0, 0, tokens - 1, zeros, zeros).weights;
}

const betas = [1, 0.5, 0.1, 0.01];
const near = (beta: number) =>
  lastRow(beta)
    .slice(-4)
    .reduce((sum, weight) => sum + weight, 0);

export const table = {
  header: ['beta', 'share of the 4 nearest of 64 keys'],
  rows: betas.map((beta) => [beta, near(beta)]),
};
const percent = (share: number) => `${(100 * share).toFixed(0)}%`;
export const says = `A large beta makes attention local: with beta ${betas[0]}, the four nearest keys get ${percent(near(1))} of the weight. A small beta leaves it spread out: with ${betas[3]} they get ${percent(near(0.01))}, a little more than their uniform share of ${percent(4 / tokens)}.`;
