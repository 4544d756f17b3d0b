import { biasFactor, scalesOf } from '@relbias/bias-spec';

export const question =
  'Does it matter whether the bias is added before or after the scale?';

const slope = 0.5;
const dims = [16, 64, 128];

export const table = {
  header: [
    'head dimension',
    `effect of slope ${slope} before the scale`,
    'after the scale',
  ],
  rows: dims.map((d) => [
    d,
    slope * scalesOf('before-scaling', d).biasScale,
    slope * scalesOf('after-scaling', d).biasScale,
  ]),
};
export const says = `Yes. Before the scale, the bias is divided by sqrt(d) together with the score: at d = 64 a slope of ${slope} has the effect of ${slope * biasFactor('before-scaling', 'after-scaling', 64)}. After the scale, it has its full effect for every d. The book adds it before; MPT and BLOOM add it after.`;
