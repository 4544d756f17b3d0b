import { perOffset, t5, t5Bucket } from '@relbias/bias-spec';

export const question =
  'A bias for every offset, or buckets, when sequences get longer than in training?';

const trained = 512;
const longer = 2048;
const bucket = t5Bucket({ numBuckets: 32, maxDistance: 128, bidirectional: false });
const offsets = perOffset({
  heads: 1,
  maxDistance: trained - 1,
  causal: true,
  table: new Float64Array(trained),
});
const buckets = t5({ heads: 1, bidirectional: false, table: new Float64Array(32) });
const count = (bias: typeof offsets) => bias.parameters['table']?.data.length ?? 0;
const unseen = longer - trained;
const trainedBuckets = new Set(
  Array.from({ length: trained }, (_, n) => bucket(n)),
);
const newBuckets = Array.from({ length: longer }, (_, n) => bucket(n)).filter(
  (b) => !trainedBuckets.has(b),
);

export const table = {
  header: [
    '',
    'numbers per head',
    `distances up to ${longer} without a trained number`,
  ],
  rows: [
    ['one per offset', count(offsets), unseen],
    ['T5 buckets', count(buckets), newBuckets.length],
  ],
};
export const says = `Buckets. With one number per offset, a ${longer}-token sequence has ${unseen} distances that training at ${trained} tokens never saw. The last bucket is trained on every far distance, so ${count(buckets)} numbers cover any length.`;
