// Cases of the kind `bias-key-only`: ALiBi written per key, the same for every query row, as BLOOM, Falcon, MPT and flash-attention do.
// It differs from -slope * distance by a constant per row. Here it is computed as signed ALiBi at explicit positions.
import { alibi, alibiSlopes, bfloat16ToNumber, numberToBfloat16 } from '@relbias/bias-spec';
import type { Answer, Kind } from './answer.ts';
import { entries } from './bias-case.ts';
import type { VectorCase } from './format.ts';
import { FormatError } from './format.ts';
import type { Placement } from './placement.ts';

export const keyOnly: Kind = {
  ask(vector) {
    const { family, params, input, dtype } = vector;
    if (family !== 'alibi') throw new FormatError(`a key-only bias of the family ${JSON.stringify(family)} is unknown`);
    const heads = params.number('heads');
    const keys = params.number('keyLength');
    const narrow = dtype.startsWith('bfloat16');
    const round = narrow ? toBfloat16 : Math.fround;
    const given = input.has('slopes') ? input.numbers('slopes') : alibiSlopes(heads, params.number('biasMax', 8));
    const bias = alibi({ heads, slopes: given.map(round), future: 'signed' });
    const masked = input.has('attentionMask');
    const placement = masked ? countedPositions(vector, keys, round) : { batch: 1, ...lastKey(keys) };
    const answer = entries('bias', bias, heads, placement);
    const shape = masked ? [placement.batch, heads, keys] : [heads, keys];
    return [narrow ? roundedAnswer(answer, shape) : { ...answer, shape }];
  },
};

/** MPT, flash-attention: (key - (keys - 1)) * slope, so the query is at the last key. */
function lastKey(keys: number): Omit<Placement, 'batch'> {
  return { queries: 1, keys, queryStart: keys - 1 };
}

/** BLOOM, Falcon: position * slope, the position of a key being the number of unmasked keys before it, 0 for a masked key. */
function countedPositions({ input }: VectorCase, keys: number, round: (one: number) => number): Placement {
  const mask = input.numbers('attentionMask');
  const batch = mask.length / keys;
  let seen = 0;
  const position = mask.map((bit, index) => {
    seen = (index % keys === 0 ? 0 : seen) + bit;
    return round((seen - 1) * bit);
  });
  return { batch, queries: 1, keys, positions: { query: [0], key: position } };
}

/** Falcon multiplies in bfloat16: both factors are rounded to it, and so is the product. */
function roundedAnswer(answer: ReturnType<typeof entries>, shape: readonly number[]): Answer {
  return { ...answer, shape, float64: undefined, float32: Float32Array.from(answer.float32, toBfloat16) };
}

function toBfloat16(value: number): number {
  return bfloat16ToNumber(numberToBfloat16(value));
}
