// The float64 oracle: numbers computed by hand, each part of the definition separately, and its gradients by central differences.
import { describe, expect, it } from 'vitest';
import type { AttentionProblem } from '../src/index.ts';
import { alibi, perOffset, planAttention, shapesOf } from '../src/index.ts';
import { oracle, oracleGradient } from '../src/oracle/index.ts';
import { wrongDerivatives } from './central-difference.ts';
import { seeded, signedNumbers } from './seeded.ts';
import { REORDERED, isNear } from './tolerances.ts';

const ONE = { heads: 1, queries: 1, keys: 2, headDim: 1 } as const;

function run(
  problem: AttentionProblem,
  query: number[],
  key: number[],
  value: number[],
): { output: number[]; logSumExp: number[] } {
  const { output, logSumExp } = oracle(planAttention(problem), query, key, value);
  return { output: [...output], logSumExp: [...logSumExp] };
}

function expectNear(got: readonly number[], want: readonly number[]): void {
  const wrong = want.filter((one, index) => !isNear(got[index], one, REORDERED));
  expect([got.length, wrong, got]).toEqual([want.length, [], got]);
}

describe('by hand', () => {
  it('weighs two keys by the exponentials of their scores', () => {
    // Scores 0 and ln 3: weights 1/4 and 3/4.
    const { output, logSumExp } = run(ONE, [1], [0, Math.log(3)], [8, 16]);
    expectNear(output, [14]);
    expectNear(logSumExp, [Math.log(4)]);
  });

  it('divides by the square root of the head dimension by default', () => {
    const four = { ...ONE, headDim: 4 };
    const query = [1, 1, 1, 1];
    const key = [0, 0, 0, 0, 1, 1, 1, 1].map((one) => (one * Math.log(3)) / 2);
    const value = [8, 0, 0, 0, 16, 0, 0, 0];
    expectNear(run(four, query, key, value).output, [14, 0, 0, 0]);
    expectNear(run({ ...four, scale: 0.25 }, query, key, value).logSumExp, [Math.log(1 + Math.sqrt(3))]);
    expectNear(run({ ...four, convention: 'unscaled' }, query, key, value).logSumExp, [Math.log(10)]);
  });

  it('adds biasScale times the bias after the scale', () => {
    // ALiBi with slope ln 2, query at position 1: distances 1 and 0, so the first key weighs half.
    const bias = alibi({ heads: 1, beta: Math.log(2) });
    expectNear(run({ ...ONE, bias }, [0], [0, 0], [9, 3]).output, [5]);
    expectNear(run({ ...ONE, bias, biasScale: 2 }, [0], [0, 0], [9, 4]).output, [5]);
    expectNear(run({ ...ONE, bias, biasScale: 0 }, [0], [0, 0], [9, 3]).output, [6]);
  });

  it('caps the content score by tanh before the bias', () => {
    const bias = alibi({ heads: 1, beta: 1 });
    const want = Math.log(Math.exp(2 * Math.tanh(10 / 2) - 1) + Math.exp(2 * Math.tanh(-6 / 2)));
    expectNear(run({ ...ONE, bias, softcap: 2 }, [2], [5, -3], [0, 0]).logSumExp, [want]);
  });

  it('stays finite where the exponentials alone would overflow', () => {
    const { output, logSumExp } = run(ONE, [1], [2000, 1000], [1, 0]);
    expectNear(output, [1]);
    expectNear(logSumExp, [2000]);
  });

  it('shares each key head between a group of query heads, the bias staying with the query head', () => {
    const bias = alibi({ heads: 4, slopes: [0, Math.log(2), 0, Math.log(2)] });
    const grouped = { heads: 4, keyValueHeads: 2, queries: 1, keys: 2, headDim: 1, bias };
    expectNear(run(grouped, [0, 0, 0, 0], [0, 0, 0, 0], [9, 3, 90, 30]).output, [6, 5, 60, 50]);
  });

  it('accepts a valueDim other than headDim', () => {
    expectNear(run({ ...ONE, valueDim: 3 }, [0], [0, 0], [1, 2, 3, 5, 6, 7]).output, [3, 4, 5]);
  });

  it('reads distances from the start of the queries', () => {
    const bias = perOffset({
      heads: 1,
      maxDistance: 3,
      table: Float64Array.from({ length: 7 }, (_, offset) => (offset - 3) * Math.log(2)),
    });
    // One query at 2: distances 2, 1, 0.
    expectNear(run({ ...ONE, keys: 3, bias }, [0], [0, 0, 0], [7, 14, 28]).output, [(4 * 7 + 2 * 14 + 28) / 7]);
    expectNear(run({ ...ONE, keys: 3, bias, queryStart: 0 }, [0], [0, 0, 0], [7, 14, 28]).output, [(7 + 14 / 2 + 28 / 4) / 1.75]);
    const positions = { query: [10], key: [9, 9, 10] };
    expectNear(run({ ...ONE, keys: 3, bias, positions }, [0], [0, 0, 0], [5, 10, 15]).output, [9]);
  });
});

describe('masks', () => {
  const square = { heads: 1, queries: 3, keys: 3, headDim: 1 };
  const zeros = [0, 0, 0];

  it('hide the future when causal', () => {
    const { output, logSumExp } = run({ ...square, mask: { causal: true } }, zeros, zeros, [1, 3, 8]);
    expectNear(output, [1, 2, 4]);
    expectNear(logSumExp, [0, Math.log(2), Math.log(3)]);
  });

  it('hide what lies outside the window', () => {
    expectNear(run({ ...square, mask: { window: { left: 1, right: 0 } } }, zeros, zeros, [1, 3, 8]).output, [1, 2, 5.5]);
  });

  it('hide padding by batch row, and other segments', () => {
    const batch = { ...square, batch: 2, mask: { keyLengths: [2, 1] } };
    expectNear(
      run(batch, [...zeros, ...zeros], [...zeros, ...zeros], [1, 3, Number.NaN, 5, Infinity, 7]).output,
      [2, 2, 2, 5, 5, 5],
    );
    const segments = { query: [0, 0, 1], key: [0, 1, 1] };
    expectNear(run({ ...square, mask: { segments } }, zeros, zeros, [1, 3, 8]).output, [1, 1, 5.5]);
  });

  it('give 0 and -Infinity to rows that see nothing, and no gradient', () => {
    const plan = planAttention({ ...square, keys: 2, mask: { causal: true } });
    const { output, logSumExp } = oracle(plan, [1, 2, 3], [4, 5], [6, 7]);
    expect([output[0], logSumExp[0]]).toEqual([0, -Infinity]);
    expect(output[1]).toBe(6);
    const gradient = oracleGradient(plan, [1, 2, 3], [4, 5], [6, 7], [1, 0, 0]);
    expect([gradient.query, gradient.key, gradient.value].every((values) => values.every((one) => one === 0))).toBe(true);
  });

  it('hide a pair with a bias of -Infinity whatever its factor', () => {
    const bias = alibi({ heads: 2, future: 'asymmetric' });
    const problem = { heads: 2, queries: 2, keys: 2, headDim: 1, bias };
    const want = [1, 2, 2, 3];
    expectNear(run({ ...problem, biasScale: 0 }, [0, 0, 0, 0], [0, 0, 0, 0], [1, 3, 1, 3]).output, want);
    // Heads 0 and 1 have the same slope 2^-8 here, once for the past and once for the future.
    const near = Math.exp(-(2 ** -8));
    const blend = (a: number, b: number): number => (near * a + b) / (1 + near);
    expectNear(run(problem, [0, 0, 0, 0], [0, 0, 0, 0], [1, 3, 1, 3]).output, [1, blend(1, 3), blend(3, 1), 3]);
  });
});

describe('gradients', () => {
  it.each([
    ['plain', {}],
    [
      'causal with a bias and grouped heads',
      { heads: 4, keyValueHeads: 2, mask: { causal: true }, bias: alibi({ heads: 4, learned: true }) },
    ],
    ['softcap', { softcap: 0.5 }],
    [
      'a batch with padding, a window and another value width',
      { batch: 2, valueDim: 3, queryStart: [2, -1], mask: { keyLengths: [5, 2], window: { left: 2 } } },
    ],
    ['the book scale', { convention: 'before-scaling', bias: alibi({ heads: 2, learned: true }) }],
  ] as const)('are those of central differences: %s', (_name, part) => {
    const plan = planAttention({ heads: 2, queries: 3, keys: 5, headDim: 2, ...part });
    const random = seeded(11);
    const { query, key, value, output, logSumExp } = shapesOf(plan);
    const [q, k, v, outputGradient, logSumExpGradient] = [query, key, value, output, logSumExp].map((shape) =>
      signedNumbers(
        random,
        shape.reduce((a, b) => a * b, 1),
      ),
    );
    const loss = (): number => {
      const got = oracle(plan, q, k, v);
      const ofRows = got.logSumExp.map((one, row) => (one === -Infinity ? 0 : one * logSumExpGradient[row]));
      return [...got.output.map((one, index) => one * outputGradient[index]), ...ofRows].reduce((sum, one) => sum + one, 0);
    };
    const gradient = oracleGradient(plan, q, k, v, outputGradient, logSumExpGradient);
    const pairs = [
      ['query', q, gradient.query],
      ['key', k, gradient.key],
      ['value', v, gradient.value],
    ] as const;
    for (const [name, data, got] of pairs) expect(wrongDerivatives(name, data, got, loss)).toEqual([]);
  });
});
