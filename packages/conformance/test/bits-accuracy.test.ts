// The accuracy of the reproducible profile against float64, and that half-precision inputs are not its main source of error.
import type { AttentionProblem, Tensor } from '@relbias/bias-spec';
import { alibi, numberToBfloat16, numberToFloat16, planAttention, shapesOf, toFloat32 } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import { reproducibleAttention } from '@relbias/bias-spec/reproducible';
import { bellShaped, seeded } from '@relbias/conformance';
import { expect, test } from 'vitest';
import { REPRODUCIBLE_ERROR } from '../src/budgets.ts';

const DTYPES = ['float32', 'bfloat16', 'float16'] as const;
const SHAPES = [
  [16, 64],
  [16, 257],
  [4, 2000],
] as const;

test.each(DTYPES.flatMap((dtype) => SHAPES.map(([queries, keys]) => [dtype, queries, keys] as const)))(
  '%s, %i queries, %i keys',
  (dtype, queries, keys) => {
    const problem: AttentionProblem = { heads: 2, queries, keys, headDim: 64, bias: alibi({ heads: 2 }), mask: { causal: true } };
    const plan = planAttention({ ...problem, numerics: 'reproducible' });
    const random = seeded(`accuracy ${dtype} ${keys}`);
    const draw = (shape: readonly number[]): Tensor => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const data = Float32Array.from({ length: size }, () => bellShaped(random));
      if (dtype === 'float32') return { data, shape, dtype };
      return { data: Uint16Array.from(data, dtype === 'bfloat16' ? numberToBfloat16 : numberToFloat16), shape, dtype };
    };
    const shapes = shapesOf(plan);
    const [query, key, value] = [draw(shapes.query), draw(shapes.key), draw(shapes.value)];
    const got = reproducibleAttention(plan, query, key, value);
    const want = oracle(plan, toFloat32(query), toFloat32(key), toFloat32(value));
    const error = got.output.reduce((most, one, index) => Math.max(most, Math.abs(one - want.output[index])), 0);
    expect(error).toBeLessThanOrEqual(REPRODUCIBLE_ERROR[dtype]);
    // The error must be the profile's, not that of a more accurate computation.
    expect(error).toBeGreaterThan(0);
  },
);
