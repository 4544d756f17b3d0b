// Cases of the kind `slopes`: ALiBi's slope per head, in float64 as computed and in float32 as the published bias holds them.
import { alibi, alibiSlopes } from '@relbias/bias-spec';
import type { Kind } from './answer.ts';
import { FormatError } from './format.ts';

export const slopes: Kind = {
  ask({ family, params }) {
    if (family !== 'alibi') throw new FormatError(`slopes of the family ${JSON.stringify(family)} are unknown`);
    const heads = params.number('heads');
    const biasMax = params.number('biasMax', 8);
    const float64 = alibiSlopes(heads, biasMax);
    const float32 = Float32Array.from(alibi({ heads, biasMax }).parameters['slopes'].data);
    return ['float64', 'float32', 'trueRealRoundedToFloat64'].map((field) => ({ field, shape: [heads], float64, float32 }));
  },
};
