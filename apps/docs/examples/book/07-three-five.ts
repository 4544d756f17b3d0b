import { bookBuckets, t5Bucket } from '@relbias/bias-spec';

export const question =
  'What does the T5 bias look like with n_b = 3 and dist_max = 5?';

const bucket = t5Bucket(bookBuckets({ nb: 3, distMax: 5 }));
const steps = [0, 1, 2, 3, 4, 5, 6];

export const grid = steps.map((i) =>
  steps.map((j) => (j <= i ? bucket(i - j) : null)),
);
export const says = `Distances ${steps.join(', ')} are in buckets ${steps.map((n) => bucket(n)).join(', ')}: two exact buckets, one for distances 2 and 3, and the last for everything beyond.`;
