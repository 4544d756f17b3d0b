// Makes the bias that a case describes, from the option names of the vector format. One entry per family; a name without one is not judged.
import type { Bias, FutureKeys, TableLayout } from '@relbias/bias-spec';
import { alibi, alibiSlopes, dynamicPosition, fire, kerpleLog, kerplePower, none, sandwich, swin, t5 } from '@relbias/bias-spec';
import type { Bag } from './format.ts';
import { FormatError } from './format.ts';

/** What a bias is made of: hyper-parameters, tensors, and the repository whose habits apply where they differ. */
export interface Ingredients {
  readonly heads: number;
  /** `params`, or `input.biasParameters` of an attention case. */
  readonly params: Bag;
  readonly input: Bag;
  readonly repository: string;
}

type Maker = (given: Ingredients) => Bias;

const MAKERS: Readonly<Record<string, Maker>> = {
  none: () => none(),
  alibi: makeAlibi,
  t5({ heads, params, input }) {
    const buckets = params.number('numBuckets');
    // x-transformers multiplies the entry by a float32 scale, and the product is rounded to float32.
    const scale = Math.fround(params.number('scale', 1));
    const table = input.numbers('table');
    return t5({
      heads,
      numBuckets: buckets,
      maxDistance: params.number('maxDistance'),
      bidirectional: params.boolean('bidirectional'),
      table: scale === 1 ? table : table.map((one) => Math.fround(one * scale)),
      layout: layoutOf(input),
      // The references evaluate the logarithm in float32.
      rounding: 'float32',
    });
  },
  'kerple-log': ({ heads, input }) =>
    kerpleLog({ heads, r1: input.numbers('p'), r2: input.numbers('a'), clamp: true, future: 'zero' }),
  'kerple-power': ({ heads, input }) =>
    kerplePower({ heads, r1: input.numbers('a'), r2: input.numbers('p'), clamp: true, future: 'zero' }),
  fire: (given) => makeFire(given, given.input.boolean('signed', false) ? 'signed' : 'unsigned'),
  swin({ heads, params, input }) {
    const windowHeight = params.number('windowHeight');
    const windowWidth = params.number('windowWidth');
    return swin({ heads, windowHeight, windowWidth, table: input.numbers('table'), layout: layoutOf(input) });
  },
  sandwich: ({ heads, params }) => sandwich({ heads, dimension: params.number('dBar') }),
  'dynamic-position-bias': makeDynamicPosition,
};

/**
 * The bias of a case.
 *
 * @throws FormatError for a family that is not known here.
 */
export function biasOf(family: string, given: Ingredients): Bias {
  if (!Object.hasOwn(MAKERS, family)) throw new FormatError(`the family ${JSON.stringify(family)} is unknown`);
  return MAKERS[family](given);
}

function makeAlibi({ heads, params, input, repository }: Ingredients): Bias {
  const mode = params.text('mode', 'symetric');
  if (mode !== 'symetric' && mode !== 'asymetric') params.refuse('mode', '"symetric" or "asymetric"');
  const signed = params.boolean('signed', false);
  const causal = params.boolean('causal', false) ? 'zero' : 'unsigned';
  const future = mode === 'asymetric' ? 'asymmetric' : signed ? 'signed' : causal;
  if (params.has('beta')) return alibi({ heads, beta: params.number('beta'), future });
  if (input.has('slopes')) return alibi({ heads, slopes: input.numbers('slopes'), future, learned: true });
  // attention-gym takes the geometric series for every number of heads, which the ALiBi code does for powers of two only.
  if (repository.endsWith('/attention-gym')) {
    return alibi({ heads, slopes: Array.from({ length: heads }, (_, head) => 2 ** ((-8 * (head + 1)) / heads)), future });
  }
  const biased = params.number('biasedHeads', heads);
  if (biased === heads) return alibi({ heads, biasMax: params.number('biasMax', 8), future });
  // x-transformers: slopes for the first `biasedHeads` heads, no bias on the others.
  const slopes = new Float64Array(heads);
  slopes.set(alibiSlopes(biased).map(Math.fround));
  return alibi({ heads, slopes, future });
}

export function makeFire({ heads, input }: Ingredients, future: FutureKeys): Bias {
  return fire({
    heads,
    w1: input.numbers('w1'),
    b1: input.numbers('b1'),
    w2: input.numbers('w2'),
    b2: input.numbers('b2'),
    c: input.number('c'),
    threshold: input.number('threshold'),
    thresholdMultiplier: input.number('thresholdMultiplier'),
    eps: input.number('eps'),
    future,
  });
}

function makeDynamicPosition({ heads, params, input }: Ingredients): Bias {
  const layers = input.bags('layers').map((layer) => ({ weight: layer.numbers('weight'), bias: layer.numbers('bias') }));
  return dynamicPosition({ heads, layers, logDistance: params.boolean('logDistance') });
}

/** `[numBuckets, heads]` and the like, also where nothing is said, or the other way round. */
function layoutOf(input: Bag): TableLayout {
  const layout = input.text('tableLayout', '[rows, heads]');
  if (/^\[heads, .+\]$/.test(layout)) return 'heads-buckets';
  return /^\[.+, heads\]$/.test(layout) ? 'buckets-heads' : input.refuse('tableLayout', '"[<rows>, heads]" or "[heads, <rows>]"');
}
