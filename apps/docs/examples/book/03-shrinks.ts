import { alibi, kerpleLog } from '@relbias/bias-spec';

export const question = 'Does the penalty shrink with distance?';

const linear = alibi({ heads: 1, beta: 0.1 });
const log = kerpleLog({ heads: 1, r1: [0.1], r2: [1] });
const distances = [0, 1, 10, 100, 1000];
const steps = (bias: typeof linear) =>
  distances.map((n) => bias.value(0, n + 1, n + 1) - bias.value(0, n, n));

export const table = {
  header: ['from distance', ...distances],
  rows: [
    ['bias, ALiBi with beta 0.1', ...distances.map((n) => linear.value(0, n, n))],
    ['one step more', ...steps(linear)],
    ['bias, KERPLE (logarithmic)', ...distances.map((n) => log.value(0, n, n))],
    ['one step more', ...steps(log)],
  ],
};
const grows = distances.every(
  (n) => linear.value(0, n + 1, n + 1) < linear.value(0, n, n),
);
export const says = grows
  ? 'No: it grows by beta with every step. The weight of the key shrinks. KERPLE’s penalty grows too, in ever smaller steps.'
  : 'Yes.';
