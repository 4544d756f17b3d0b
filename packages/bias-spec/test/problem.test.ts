// Planning: every default filled in, the bias lowered to float32 once, and the source of each part of a plan.
import { describe, expect, it } from 'vitest';
import { UnsupportedError, alibi, contiguousPositions, none, planAttention, shapesOf } from '../src/index.ts';
import { requireNumerics } from '../src/backend/index.ts';
import { onlyTable, termsOf } from './terms.ts';

const SMALL = { heads: 2, queries: 3, keys: 5, headDim: 16 } as const;

describe('defaults', () => {
  it('are one batch row, as many key/value heads as query heads, and valueDim = headDim', () => {
    const { batch, keyValueHeads, valueDim, softcap, numerics } = planAttention(SMALL);
    expect({ batch, keyValueHeads, valueDim, softcap, numerics }).toEqual({
      batch: 1,
      keyValueHeads: 2,
      valueDim: 16,
      softcap: 0,
      numerics: 'fast',
    });
  });

  it('are no bias, the convention after-scaling, and nothing hidden', () => {
    const { lowered, scale, biasScale, mask } = planAttention(SMALL);
    expect({ terms: lowered.length, scale, biasScale }).toEqual({ terms: 0, scale: 0.25, biasScale: 1 });
    expect([mask.querySegments, mask.keySegments, ...mask.keyLengths]).toEqual([null, null, 5]);
  });

  it('align the last query with the last key', () => {
    expect([...planAttention(SMALL).positions.query]).toEqual([2, 3, 4]);
  });
});

describe('scales', () => {
  it('come from the convention of the family, of the problem, or the given numbers, in increasing priority', () => {
    const bias = { ...alibi({ heads: 2 }), convention: 'scaled-bias' as const };
    const scales = (more: object): number[] => {
      const { scale, biasScale } = planAttention({ ...SMALL, bias, ...more });
      return [scale, biasScale];
    };
    expect(scales({})).toEqual([0.25, 4]);
    expect(scales({ convention: 'before-scaling' })).toEqual([0.25, 0.25]);
    expect(scales({ convention: 'unscaled', scale: 0.5 })).toEqual([0.5, 1]);
    expect(scales({ biasScale: -2 })).toEqual([0.25, -2]);
  });
});

describe('the bias', () => {
  it('is lowered over the positions of the problem, in float32', () => {
    const bias = alibi({ heads: 2, beta: 0.1 });
    const plan = planAttention({ ...SMALL, bias, queryStart: 7 });
    const { values, ...term } = onlyTable(bias.lower(contiguousPositions(1, 3, 5, 7)));
    expect(termsOf(plan)).toEqual([{ ...term, values: Float32Array.from(values) }]);
    expect(plan.bias).toBe(bias);
  });

  it('with heads 0 fits any number of heads', () => {
    for (const heads of [1, 2, 7]) expect(planAttention({ ...SMALL, heads, bias: none() }).heads).toBe(heads);
  });

  it('sets its own positions if it has any, unless the problem gives explicit ones; queryStart is refused', () => {
    const defaultPositions = (): { query: Int32Array; key: Int32Array } => ({
      query: Int32Array.of(40, 20, 0),
      key: Int32Array.of(0, 10, 20, 30, 40),
    });
    const bias = { ...alibi({ heads: 2 }), defaultPositions };
    const start = (more: object): number => planAttention({ ...SMALL, bias, ...more }).positions.query[0];
    expect([start({}), start({ positions: { query: [7, 8, 9], key: [0, 0, 0, 0, 0] } })]).toEqual([40, 7]);
    expect(() => start({ queryStart: 3 })).toThrow(/queryStart: got 3 with the bias alibi, wanted none/);
  });
});

describe('shapesOf', () => {
  it('gives the shapes of a problem with grouped heads and another value width', () => {
    expect(shapesOf(planAttention({ ...SMALL, batch: 3, heads: 4, keyValueHeads: 2, valueDim: 7 }))).toEqual({
      query: [3, 4, 3, 16],
      key: [3, 2, 5, 16],
      value: [3, 2, 5, 7],
      output: [3, 4, 3, 7],
      logSumExp: [3, 4, 3],
    });
  });
});

describe('requireNumerics', () => {
  it('refuses a profile that a backend does not offer, and names those it does', () => {
    const plan = planAttention({ ...SMALL, numerics: 'reproducible' });
    const call = (): void => requireNumerics('toy', plan, ['fast']);
    expect(call).toThrow(UnsupportedError);
    expect(call).toThrow('toy: problem.numerics: got "reproducible", wanted "fast"');
    expect(() => requireNumerics('toy', plan, ['fast', 'reproducible'])).not.toThrow();
  });
});
