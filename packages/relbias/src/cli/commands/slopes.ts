// relbias slopes: the ALiBi slopes for any number of heads.
import { alibiSlopes } from '@relbias/bias-spec';
import { describeOptions, flag, integer, number, parseArguments, required } from '../arguments.ts';
import type { Command } from '../command.ts';
import { OUTPUT_OPTIONS, render } from '../output-options.ts';

const OPTIONS = {
  heads: integer('number of heads', 1, 65536),
  'bias-max': number('the slopes end at 2^-biasMax; 8 in the paper, configurable in MPT (8)'),
  float32: flag('round the slopes to float32, as models store them'),
  ...OUTPUT_OPTIONS,
} as const;

const USAGE = `relbias slopes --heads N [options]

The published ALiBi slope of each head, and the distance at which it halves the weight of a key (ln 2 / slope).

`;

export const slopes: Command = {
  summary: 'the ALiBi slopes for any number of heads',
  help: async () => USAGE + describeOptions(OPTIONS),
  async run(args, { stdout }) {
    const { values } = parseArguments(args, OPTIONS, {
      hintFor: (argument) => (/^\d+$/.test(argument) ? `Write --heads ${argument}.` : undefined),
    });
    const heads = required(values.heads, '--heads N');
    const biasMax = values['bias-max'] ?? 8;
    const exact = alibiSlopes(heads, biasMax);
    const list = values.float32 ? exact.map(Math.fround) : exact;
    const text = render(values, {
      json: { heads, biasMax, slopes: [...list] },
      header: ['head', 'slope', 'log2', 'halves at'],
      rows: Array.from(list, (slope, head) => [
        head,
        slope,
        Number(Math.log2(slope).toFixed(4)),
        Number((Math.LN2 / slope).toPrecision(4)),
      ]),
    });
    stdout.write(`${text}\n`);
    return 0;
  },
};
