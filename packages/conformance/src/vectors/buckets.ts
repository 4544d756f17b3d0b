// Cases of the kinds `buckets` and `bucket-boundaries`: integers, in exact arithmetic and in the rounding of the published float32 code.
import { debertaBucket, t5Bucket } from '@relbias/bias-spec';
import type { Answer, Kind } from './answer.ts';
import { decodeNumbers, decodeRange, expandRuns } from './decode.ts';
import type { Bag, VectorCase } from './format.ts';
import { FormatError } from './format.ts';

type Rounding = 'exact' | 'float32';
type BucketOf = (distance: number) => number;

/** The distances (query - key) of a case, and its name for each. */
interface Asked {
  readonly distances: Float64Array;
  nameEntry(index: number): string;
}

export const buckets: Kind = {
  ask(vector) {
    const { family, dtype, exactArithmetic, expected, params } = vector;
    // A case in float64 (the book) means the real-number formula; upstream's own code evaluates its logarithm in float32.
    const published: Rounding = dtype.startsWith('float64') ? 'exact' : 'float32';
    const bucketOf = bucketFunction(family, params, published);
    const asked = askedDistances(vector);
    const shape = [asked.distances.length];
    const answers: Answer[] = [
      { field: 'rle', encoding: 'runs', shape, float64: asked.distances.map(bucketOf), nameEntry: asked.nameEntry },
      { field: 'bucket', shape, float64: asked.distances.map(bucketOf), nameEntry: asked.nameEntry },
    ];
    if (Object.hasOwn(expected, 'grid'))
      answers.push(causalGrid(bucketOf, Math.sqrt(decodeNumbers(expected['grid'])?.data.length ?? 0)));
    if (exactArithmetic === null) return answers;
    const exact = bucketFunction(family, params, 'exact');
    return [
      ...answers,
      { ...answers[0], label: 'exact arithmetic', float64: asked.distances.map(exact), wanted: patched(vector) },
    ];
  },
};

export const boundaries: Kind = {
  ask({ family, params, input }) {
    if (family !== 't5') throw new FormatError(`bucket boundaries of the family ${JSON.stringify(family)} are unknown`);
    const distances = input.numbers('distance');
    const shape = [distances.length];
    const nameEntry = (index: number): string => `distance ${distances[index]}`;
    const numBuckets = params.number('numBuckets');
    const maxDistance = params.number('maxDistance');
    const sides = [{ numBuckets, bidirectional: params.boolean('bidirectional', false) }];
    // With two directions each has half of the buckets, and those of the past have the same numbers.
    if (params.has('equivalentBidirectionalNumBuckets')) {
      sides.push({ numBuckets: params.number('equivalentBidirectionalNumBuckets'), bidirectional: true });
    }
    return sides.flatMap((side) =>
      (['float32', 'exact'] as const).map((rounding) => ({
        field: rounding === 'exact' ? 'exactArithmetic' : 'upstreamFloat32',
        shape,
        label: side.bidirectional ? 'bidirectional' : 'causal',
        float64: distances.map(t5Bucket({ ...side, maxDistance, rounding })),
        nameEntry,
      })),
    );
  },
};

function bucketFunction(family: string, params: Bag, rounding: Rounding): BucketOf {
  switch (family) {
    case 't5':
      return t5Bucket({
        numBuckets: params.number('numBuckets'),
        maxDistance: params.number('maxDistance'),
        bidirectional: params.boolean('bidirectional'),
        rounding,
      });
    case 'deberta':
      return debertaBucket({ bucketSize: params.number('bucketSize'), maxPosition: params.number('maxPosition'), rounding });
    default:
      throw new FormatError(`buckets of the family ${JSON.stringify(family)} are unknown`);
  }
}

/** T5's relative position is key - query, DeBERTa's query - key. */
function askedDistances({ family, input }: VectorCase): Asked {
  const name = input.has('distance') ? 'distance' : 'relativePosition';
  const given = decodeRange(input.values[name]) ?? input.refuse(name, 'integers or a range of them');
  const nameEntry = (index: number): string => `${name} ${given[index]}`;
  const flip = name === 'relativePosition' && family === 't5';
  return { distances: flip ? given.map((one) => -one) : given, nameEntry };
}

/** [n, n], row i against keys 0 .. i; the pairs above the diagonal are hidden. */
function causalGrid(bucketOf: BucketOf, n: number): Answer {
  const distances = Array.from({ length: n * n }, (_, index) => Math.floor(index / n) - (index % n));
  return { field: 'grid', shape: [n, n], float64: distances.map((distance) => (distance < 0 ? NaN : bucketOf(distance))) };
}

/** The result of real-number arithmetic: the reference's numbers, except at the offsets that the case lists as [offset, reference, exact]. */
function patched({ expected, exactArithmetic, input }: VectorCase): Float64Array | undefined {
  const offsets = decodeRange(input.values['relativePosition'] ?? input.values['distance']);
  const numbers = (expandRuns(expected['rle']) ?? decodeNumbers(expected['bucket']))?.data;
  const rows = decodeNumbers(exactArithmetic?.values['disagreeingOffsets']);
  if (offsets === null || numbers === undefined || rows === null || rows.data.length % 3 !== 0) {
    throw new FormatError('exactArithmetic.disagreeingOffsets: wanted rows of [offset, reference, exact]');
  }
  const exact = Float64Array.from(numbers);
  for (let row = 0; row < rows.data.length; row += 3) {
    const [offset, reference, corrected] = rows.data.subarray(row, row + 3);
    const index = offsets.indexOf(offset);
    if (index === -1 || numbers[index] !== reference) {
      throw new FormatError(`exactArithmetic.disagreeingOffsets: the case does not state ${reference} at the offset ${offset}`);
    }
    exact[index] = corrected;
  }
  return exact;
}
