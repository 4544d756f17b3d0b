// The key/value cache against its definition, the full pass: the same bits whatever was appended, forgotten, forked and moved on the way.
import type { AttentionProblem, Bias, Dtype, Tensor } from '@relbias/bias-spec';
import { alibi, fireFamily, t5, toFloat32, toeplitzBias } from '@relbias/bias-spec';
import { bellShaped, seeded } from '@relbias/conformance';
import type { AttentionCache, CacheOptions } from '@relbias/kernels-cpu';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokensOf } from './cached-backend.ts';
import { drawTensor } from './draw.ts';

const backend = createCpuBackendSync();

type Sizes = Required<Pick<CacheOptions, 'batch' | 'heads' | 'keyValueHeads' | 'headDim' | 'valueDim'>>;

/** Tensors [batch, heads, tokens, dim] one behind the other along the tokens, cut after `length` of them. */
function joined(parts: readonly Tensor[], batch: number, heads: number, dim: number, length: number): Float32Array {
  const all = new Float32Array(batch * heads * length * dim);
  for (let block = 0; block < batch * heads; block++) {
    let at = 0;
    for (const part of parts) {
      const tokens = Math.min(part.shape[2], length - at);
      const start = block * part.shape[2] * dim;
      all.set(toFloat32(part).subarray(start, start + tokens * dim), (block * length + at) * dim);
      at += tokens;
    }
  }
  return all;
}

/** A cache together with everything that was appended to it, to be recomputed by the full pass. */
interface Pair {
  readonly cache: AttentionCache;
  parts: { key: Tensor; value: Tensor; tokens: number }[];
}

function lengthOf({ parts }: Pair): number {
  return parts.reduce((sum, { tokens }) => sum + tokens, 0);
}

function expectFullPass(options: CacheOptions & Sizes, pair: Pair, query: Tensor): void {
  const { capacity: _capacity, ...stated } = options;
  const keys = lengthOf(pair);
  const { batch, keyValueHeads, headDim, valueDim } = options;
  const key = joined(
    pair.parts.map((part) => part.key),
    batch,
    keyValueHeads,
    headDim,
    keys,
  );
  const value = joined(
    pair.parts.map((part) => part.value),
    batch,
    keyValueHeads,
    valueDim,
    keys,
  );
  const problem: AttentionProblem = { ...stated, queries: query.shape[2], keys };
  const prepared = backend.prepareSync(problem);
  const wanted = prepared.runSync(query, key, value, { logSumExp: true });
  prepared.dispose();
  expect(pair.cache.length).toBe(keys);
  expect(pair.cache.attendSync(query, { logSumExp: true })).toEqual(wanted);
}

/** A bias that rises again far away, so that pieces of its table differ with where they begin. */
function bumpy(heads: number): Bias {
  const value = (head: number, distance: number): number =>
    distance % 97 === 40 ? -(head + 1) : -(head + 1) * 0.4 * Math.abs(distance);
  return toeplitzBias({ family: 'bumpy', heads, convention: 'after-scaling', parameters: {}, value, addGradient() {} });
}

const BIASES: Record<string, (heads: number) => Bias | undefined> = {
  none: () => undefined,
  alibi: (heads) => alibi({ heads }),
  t5: (heads) => {
    const random = seeded('t5');
    return t5({ heads, table: Float64Array.from({ length: 32 * heads }, () => bellShaped(random)), bidirectional: true });
  },
  fire: (heads) => fireFamily.initialise(heads, seeded('fire')),
  bumpy,
};

const options: fc.Arbitrary<CacheOptions & Sizes> = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    keyValueHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 2 }),
    headDim: fc.integer({ min: 1, max: 10 }),
    valueDim: fc.constantFrom(1, 5, 8, 16),
    bias: fc.constantFrom(...Object.keys(BIASES)),
    causal: fc.boolean(),
    left: fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined }),
    softcap: fc.constantFrom(undefined, undefined, 4),
    capacity: fc.constantFrom(1, 64, undefined),
  })
  .map(({ group, bias, causal, left, ...rest }) => {
    const heads = rest.keyValueHeads * group;
    return { ...rest, heads, bias: BIASES[bias](heads), mask: { causal, window: { left } } };
  });

const dtypes = fc.constantFrom<Dtype>('float32', 'float16', 'bfloat16');

const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        tokens: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 150 })),
        dtype: dtypes,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('attend' as const),
        rows: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 80 })),
        dtype: dtypes,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('truncate' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('fork' as const) }) },
  ),
  { minLength: 1, maxLength: 16, size: 'max' },
);

test('whatever is done to caches, each answers with the bits of the full pass', () => {
  let attended = 0;
  let grown = 0;
  fc.assert(
    fc.property(options, steps, (given, all) => {
      const { batch, heads, keyValueHeads, headDim, valueDim } = given;
      const pairs: Pair[] = [{ cache: backend.createCacheSync(given), parts: [] }];
      for (const [index, step] of all.entries()) {
        // Turn by turn another of the caches, so that a fork that shared anything would show.
        const pair = pairs[index % pairs.length];
        const { cache } = pair;
        if (step.do === 'append') {
          const key = drawTensor(`k${index}`, batch, keyValueHeads, step.tokens, headDim, step.dtype);
          const value = drawTensor(`v${index}`, batch, keyValueHeads, step.tokens, valueDim, step.dtype);
          const before = cache.capacity;
          cache.append(key, value);
          if (cache.capacity > before) grown++;
          pair.parts.push({ key, value, tokens: step.tokens });
        } else if (step.do === 'attend') {
          const rows = Math.min(step.rows, lengthOf(pair));
          if (rows === 0) continue;
          expectFullPass(given, pair, drawTensor(`q${index}`, batch, heads, rows, headDim, step.dtype));
          attended++;
        } else if (step.do === 'truncate') {
          const length = Math.floor(step.share * lengthOf(pair));
          cache.truncate(length);
          let left = length;
          pair.parts = pair.parts.map((part) => {
            const tokens = Math.min(part.tokens, left);
            left -= tokens;
            return { key: tokensOf(part.key, 0, tokens), value: tokensOf(part.value, 0, tokens), tokens };
          });
          pair.parts = pair.parts.filter(({ tokens }) => tokens > 0);
        } else if (pairs.length < 3) {
          pairs.push({ cache: cache.fork(), parts: [...pair.parts] });
        }
      }
      for (const { cache } of pairs) cache.dispose();
    }),
    { numRuns: 150, seed: 5 },
  );
  // Or the property held for want of cases.
  expect(attended).toBeGreaterThan(150);
  expect(grown).toBeGreaterThan(20);
});

test('skips the far keys that the full pass skips: the bits of 3000 tokens, one by one at the end', () => {
  const given = {
    batch: 1,
    heads: 4,
    keyValueHeads: 4,
    headDim: 8,
    valueDim: 8,
    bias: alibi({ heads: 4 }),
    mask: { causal: true },
  };
  const pair: Pair = { cache: backend.createCacheSync(given), parts: [] };
  for (const [index, tokens] of [2990, 1, 1, 1, 4, 1, 2].entries()) {
    const part = { key: drawTensor(`k${index}`, 1, 4, tokens, 8), value: drawTensor(`v${index}`, 1, 4, tokens, 8), tokens };
    pair.cache.append(part.key, part.value);
    pair.parts.push(part);
    expectFullPass(given, pair, drawTensor(`q${index}`, 1, 4, 1, 8));
  }
  pair.cache.dispose();
});
