import { alibi, planAttention } from '@relbias/bias-spec';

export const question =
  'What does the 7 × 7 causal triangle of q·k plus bias look like?';

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

// The bias of q_i k_j in units of beta; future keys are masked.
export const grid = positions.map((i) =>
  positions.map((j) => (j <= i ? bias.value(0, i - j, i) : null)),
);
export const says = `Each cell is q_i k_j plus beta times the number shown; the last row has ${grid[6]?.join(', ')}. Each diagonal has one number, because only i - j counts.`;
