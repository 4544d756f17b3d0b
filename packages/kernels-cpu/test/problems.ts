// Random small problems of every kind that the WebAssembly kernel distinguishes, drawn by fast-check. Not a test.
import type { AttentionProblem, Bias } from '@relbias/bias-spec';
import { alibi, fire, none } from '@relbias/bias-spec';
import * as fc from 'fast-check';

export const BIASES: readonly Bias[] = [
  none(),
  alibi({ heads: 2, future: 'asymmetric' }),
  // Past its threshold everywhere: it lowers to a row-scaled term.
  fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 1 }),
];

const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

/** Sizes on both sides of its tile sizes. */
export const problems: fc.Arbitrary<AttentionProblem> = fc
  .record({ batch: size(2), queries: size(70), keys: size(140), headDim: size(10), valueDim: size(18) })
  .chain((sizes) => {
    const tokens = (count: number, min: number, max: number): fc.Arbitrary<number[]> =>
      fc.array(fc.integer({ min, max }), { minLength: sizes.batch * count, maxLength: sizes.batch * count });
    const { batch, queries, keys } = sizes;
    return fc.record({
      sizes: fc.constant(sizes),
      bias: fc.constantFrom(...BIASES),
      where: fc.oneof(
        fc.record({ queryStart: fc.array(fc.integer({ min: -150, max: 300 }), { minLength: batch, maxLength: batch }) }),
        fc.record({ positions: fc.record({ query: tokens(queries, -50, 200), key: tokens(keys, -50, 200) }) }),
      ),
      mask: fc.record(
        {
          causal: fc.boolean(),
          window: fc.record({ left: fc.integer({ min: 0, max: 80 }) }),
          keyLengths: fc.array(fc.integer({ min: 0, max: keys }), { minLength: batch, maxLength: batch }),
          segments: fc.record({ query: tokens(queries, 0, 1), key: tokens(keys, 0, 1) }),
        },
        { requiredKeys: [] },
      ),
      softcap: fc.option(fc.constant(5), { nil: undefined }),
    });
  })
  .map(({ sizes, where, ...rest }) => ({ heads: 2, keyValueHeads: 1, ...sizes, ...where, ...rest }));
