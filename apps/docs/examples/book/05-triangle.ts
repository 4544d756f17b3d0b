import { alibi, planAttention } from '@relbias/bias-spec';

export const question = 'How does the 7 × 7 causal triangle of q·k plus bias look?';

const bias = alibi({ heads: 1, beta: 1 });
const plan = planAttention({
  heads: 1,
  queries: 7,
  keys: 7,
  headDim: 1,
  bias,
  mask: { causal: true },
});
const positions = [...plan.positions.query];

// The number is what stands beside q_i k_j, in units of beta; keys in the future are masked.
export const grid = positions.map((i) =>
  positions.map((j) => (j <= i ? bias.value(0, i - j, i) : null)),
);
export const says = `Row i holds q_i k_j plus the number shown, times beta: ${grid[6]?.join(', ')} in the last row. Each diagonal holds one number, because only i - j counts.`;
