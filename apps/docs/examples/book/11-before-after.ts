import { biasFactor, scalesOf } from '@relbias/bias-spec';

export const question =
  'Does it matter whether the bias is added before or after the scale?';

const slope = 0.5;
const dims = [16, 64, 128];

export const table = {
  header: [
    'channels a head',
    `slope ${slope} before the scale acts as`,
    'after it as',
  ],
  rows: dims.map((d) => [
    d,
    slope * scalesOf('before-scaling', d).biasScale,
    slope * scalesOf('after-scaling', d).biasScale,
  ]),
};
export const says = `Yes. Before the scale the bias is divided by sqrt(d) with the score: with 64 channels a slope of ${slope} acts as ${slope * biasFactor('before-scaling', 'after-scaling', 64)}. After the scale it acts as it stands, whatever d is. The book adds it before; MPT, BLOOM and most others after.`;
