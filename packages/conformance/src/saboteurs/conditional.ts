// Saboteurs that are right until a size is met, two factors meet, or a run has gone before: one table each, as kernels go wrong in all of
// these places in much the same ways.
import type { AttentionPlan, AttentionProblem, Inputs, PreparedAttention } from '@relbias/bias-spec';
import { readInputs } from '@relbias/bias-spec';
import type { NaiveBackendOptions } from '../naive-backend.ts';
import { naiveBackend } from '../naive-backend.ts';
import type { Saboteur } from './saboteur.ts';

/** What a kernel loses when it is wrong: the last component of q.k, the last key, the last channel's value, the order of heads. */
const WRONG = {
  'drops the last component': (plan, inputs) => ({ ...inputs, query: zeroed(inputs.query, plan.headDim) }),
  'reads the last channel of values as 0': (plan, inputs) => ({ ...inputs, value: zeroed(inputs.value, plan.valueDim) }),
  'halves the query': (_plan, inputs) => ({ ...inputs, query: inputs.query.map((one) => one / 2) }),
  'reads the last value row as 0': (plan, inputs) => ({
    ...inputs,
    value: inputs.value.map((one, index) => (Math.floor(index / plan.valueDim) % plan.keys === plan.keys - 1 ? 0 : one)),
  }),
  'reads the query of the last row as 0': (plan, inputs) => ({
    ...inputs,
    query: inputs.query.map((one, index) => (Math.floor(index / plan.headDim) % plan.queries === plan.queries - 1 ? 0 : one)),
  }),
  'reads the keys of the last batch row as 0': (plan, inputs) => ({
    ...inputs,
    key: inputs.key.map((one, index, all) => (index >= (all.length / plan.batch) * (plan.batch - 1) ? 0 : one)),
  }),
} satisfies Record<string, (plan: AttentionPlan, inputs: Inputs) => Inputs>;

type Wrong = keyof typeof WRONG;
type When = (plan: AttentionPlan, ...call: Parameters<PreparedAttention['run']>) => boolean;

/** The last number of every row of this width as 0. */
function zeroed(data: Float32Array, width: number): Float32Array {
  return data.map((one, index) => (index % width === width - 1 ? 0 : one));
}

function wrongWhen(wrong: Wrong, when: When): NaiveBackendOptions['read'] {
  return (plan, query, key, value) => {
    const inputs = readInputs(plan, query, key, value);
    return when(plan, query, key, value) ? WRONG[wrong](plan, inputs) : inputs;
  };
}

const causal = ({ mask }: AttentionPlan): boolean => mask.minDistance === 0;
const windowed = ({ mask, keys }: AttentionPlan): boolean => mask.maxDistance < keys;
const segmented = ({ mask }: AttentionPlan): boolean => mask.querySegments !== null;
const padded = ({ mask, keys }: AttentionPlan): boolean => mask.keyLengths.some((length) => length < keys);
const placed = ({ positions }: AttentionPlan): boolean => positions.queryStart === null;
const group = ({ heads, keyValueHeads }: AttentionPlan): number => heads / keyValueHeads;
const dtypeOf = (tensor: unknown): string => (tensor as { readonly dtype?: string }).dtype ?? 'float32';

/** [name, when it is wrong, what it does then, the case that catches it]; all pass the control shape. */
type Row = readonly [name: string, when: When, wrong: Wrong, caughtBy: string];

const ROWS: readonly Row[] = [
  [
    'at-head-dims-above-64',
    (plan) => plan.headDim > 64,
    'drops the last component',
    'attention/none:heads=1;queries=17;keys=15;headDim=70;valueDim=129;queryStart=3;causal',
  ],
  [
    'at-head-dims-above-512',
    (plan) => plan.headDim > 512,
    'halves the query',
    'attention/none:heads=1;queries=4;keys=1024;headDim=513;valueDim=7',
  ],
  [
    'at-head-dims-of-remainder-3-of-4',
    (plan) => plan.headDim % 4 === 3,
    'drops the last component',
    'attention/none:heads=33;queries=2;keys=3;headDim=3',
  ],
  [
    'at-head-dims-of-remainder-5-of-8',
    (plan) => plan.headDim % 8 === 5,
    'drops the last component',
    'attention/none:batch=2;heads=6;keyValueHeads=3;queries=1;keys=9;headDim=5;valueDim=18;causal;right=1;keyLengths=9,4;convention=scaled-bias;biasScale=0.3;positions=gaps;dtype=float16;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-head-dims-of-remainder-1-of-32',
    (plan) => plan.headDim % 32 === 1 && plan.headDim > 1,
    'halves the query',
    'attention/none:heads=3;keyValueHeads=1;queries=18;keys=16;headDim=65;valueDim=128',
  ],
  [
    'at-head-dims-of-remainder-15-of-16',
    (plan) => plan.headDim % 16 === 15,
    'drops the last component',
    'attention/none:batch=2;heads=1;queries=21;keys=18;headDim=63;valueDim=99',
  ],
  [
    'at-values-wider-than-64',
    (plan) => plan.valueDim > 64,
    'reads the last channel of values as 0',
    'attention/none:heads=1;queries=17;keys=15;headDim=70;valueDim=129;queryStart=3;causal',
  ],
  [
    'at-other-values-wider-than-256',
    (plan) => plan.valueDim !== plan.headDim && plan.valueDim > 256,
    'reads the last channel of values as 0',
    'attention/none:heads=1;queries=129;keys=12;headDim=96;valueDim=257',
  ],
  [
    'at-values-of-remainder-3-of-4',
    (plan) => plan.valueDim % 4 === 3,
    'reads the last channel of values as 0',
    'attention/none:heads=33;queries=2;keys=3;headDim=3',
  ],
  [
    'at-values-of-remainder-1-of-96',
    (plan) => plan.valueDim % 96 === 1 && plan.valueDim > 96,
    'reads the last channel of values as 0',
    'attention/none:heads=1;queries=22;keys=19;headDim=54;valueDim=97;queryStart=3;causal',
  ],
  [
    'at-three-batch-rows',
    (plan) => plan.batch >= 3,
    'reads the keys of the last batch row as 0',
    'attention/alibi:batch=3;heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11,7,3;segments=packed;scale=0.7;biasScale=-2;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-more-than-eight-batch-rows',
    (plan) => plan.batch > 8,
    'reads the keys of the last batch row as 0',
    'attention/none:batch=17;heads=1;queries=2;keys=3',
  ],
  [
    'at-groups-of-three',
    (plan) => group(plan) === 3,
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-groups-of-five',
    (plan) => group(plan) === 5,
    'halves the query',
    'attention/alibi:batch=3;heads=10;keyValueHeads=2;queries=1;keys=9;headDim=17;valueDim=18;queryStart=2;keyLengths=9,4,2;scale=0.7;biasScale=-2;dtype=float16;keyDtype=float16;valueDtype=float16',
  ],
  [
    'at-groups-above-six',
    (plan) => group(plan) > 6,
    'halves the query',
    'attention/none:heads=7;keyValueHeads=1;queries=3;keys=7',
  ],
  [
    'at-groups-of-three-of-two',
    (plan) => group(plan) === 3 && plan.keyValueHeads === 2,
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  ['at-33-heads', (plan) => plan.heads > 32, 'halves the query', 'attention/none:heads=33;queries=2;keys=3;headDim=3'],
  [
    'at-96-queries-and-one',
    (plan) => plan.queries % 96 === 1 && plan.queries > 96,
    'reads the query of the last row as 0',
    'attention/none:heads=3;keyValueHeads=1;queries=97;keys=95;headDim=13;valueDim=22',
  ],
  [
    'at-whole-blocks-of-96-queries',
    (plan) => plan.queries % 96 === 0,
    'reads the query of the last row as 0',
    'attention/none:heads=1;queries=96;keys=75;headDim=14;valueDim=23;queryStart=3;causal',
  ],
  [
    'at-queries-above-512',
    (plan) => plan.queries > 512,
    'reads the query of the last row as 0',
    'attention/none:heads=1;queries=513;keys=6;headDim=255;valueDim=1025',
  ],
  [
    'at-one-query-short-of-a-block-of-128',
    (plan) => plan.queries % 128 === 127,
    'reads the query of the last row as 0',
    'attention/none:heads=1;queries=127;keys=14;headDim=75;valueDim=255',
  ],
  [
    'at-one-key-short-of-a-block-of-32',
    (plan) => plan.keys % 32 === 31,
    'reads the last value row as 0',
    'attention/none:queries=3;keys=63',
  ],
  [
    'at-one-key-past-a-block-of-96',
    (plan) => plan.keys % 96 === 1 && plan.keys > 96,
    'reads the last value row as 0',
    'attention/none:batch=2;heads=1;queries=127;keys=97;headDim=11;valueDim=19',
  ],
  [
    'at-whole-blocks-of-512-keys',
    (plan) => plan.keys % 512 === 0,
    'reads the last value row as 0',
    'attention/none:heads=1;queries=4;keys=1024;headDim=513;valueDim=7',
  ],
  [
    'at-one-key-past-a-block-of-6',
    (plan) => plan.keys % 6 === 1 && plan.keys > 1,
    'reads the last value row as 0',
    'attention/none:heads=3;keyValueHeads=1;queries=3;keys=7',
  ],
  [
    'at-large-heads-with-many-keys',
    (plan) => plan.headDim > 64 && plan.keys > 64,
    'drops the last component',
    'attention/none:batch=3;heads=6;keyValueHeads=2;queries=5;keys=67;headDim=66;valueDim=9',
  ],
  [
    'at-causal-windows-with-positions',
    (plan) => causal(plan) && windowed(plan) && placed(plan),
    'halves the query',
    'attention/none:batch=3;heads=4;keyValueHeads=1;queries=13;keys=7;headDim=5;valueDim=3;causal;left=3;keyLengths=7,2,1;softcap=2;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-segments-with-padding',
    (plan) => segmented(plan) && padded(plan),
    'halves the query',
    'attention/none:batch=3;heads=3;queries=5;keys=19;headDim=5;causal;left=3;keyLengths=19,14,12;segments=packed;biasScale=-2;positions=rows;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-causal-segments',
    (plan) => causal(plan) && segmented(plan),
    'halves the query',
    'attention/alibi:batch=2;heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=2;causal;right=1;segments=padding;scale=0.7;biasScale=0.3;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-windows-with-segments',
    (plan) => windowed(plan) && segmented(plan),
    'halves the query',
    'attention/none:heads=6;keyValueHeads=3;queries=1;keys=9;queryStart=2;causal;left=3;segments=packed;softcap=3;scale=0.4;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-windows-with-padding',
    (plan) => windowed(plan) && padded(plan),
    'halves the query',
    'attention/none:batch=3;heads=4;keyValueHeads=1;queries=13;keys=7;headDim=5;valueDim=3;causal;left=3;keyLengths=7,2,1;softcap=2;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-padding-with-positions',
    (plan) => padded(plan) && placed(plan),
    'halves the query',
    'attention/none:batch=2;heads=6;keyValueHeads=3;queries=1;keys=9;headDim=5;valueDim=18;causal;right=1;keyLengths=9,4;convention=scaled-bias;biasScale=0.3;positions=gaps;dtype=float16;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-segments-with-positions',
    (plan) => segmented(plan) && placed(plan),
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-a-softcap-with-segments',
    (plan) => plan.softcap > 0 && segmented(plan),
    'halves the query',
    'attention/none:heads=6;keyValueHeads=3;queries=1;keys=9;queryStart=2;causal;left=3;segments=packed;softcap=3;scale=0.4;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-a-softcap-with-positions',
    (plan) => plan.softcap > 0 && placed(plan),
    'halves the query',
    'attention/alibi:heads=6;keyValueHeads=2;queries=1;keys=9;valueDim=18;softcap=2;biasScale=0.3;positions=duplicates;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-a-softcap-with-a-negative-bias',
    (plan) => plan.softcap > 0 && plan.biasScale < 0,
    'halves the query',
    'attention/none:batch=3;heads=4;keyValueHeads=1;queries=13;keys=7;headDim=5;valueDim=3;causal;left=3;keyLengths=7,2,1;softcap=2;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-a-softcap-with-groups',
    (plan) => plan.softcap > 0 && group(plan) > 1,
    'halves the query',
    'attention/none:heads=6;keyValueHeads=3;queries=1;keys=9;queryStart=2;causal;left=3;segments=packed;softcap=3;scale=0.4;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-a-negative-bias-in-a-window',
    (plan) => plan.biasScale < 0 && windowed(plan),
    'halves the query',
    'attention/alibi:heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11;left=3;biasScale=-2;keyDtype=float16;valueDtype=float32',
  ],
  [
    'at-a-negative-bias-with-positions',
    (plan) => plan.biasScale < 0 && placed(plan),
    'halves the query',
    'attention/alibi:batch=3;heads=6;keyValueHeads=3;queries=1;keys=9;valueDim=18;right=1;segments=packed;biasScale=-2;positions=rows;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-causal-positions-with-a-softcap',
    (plan) => causal(plan) && placed(plan) && plan.softcap > 0,
    'halves the query',
    'attention/none:batch=3;heads=4;keyValueHeads=1;queries=13;keys=7;headDim=5;valueDim=3;causal;left=3;keyLengths=7,2,1;softcap=2;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-groups-with-padding',
    (plan) => group(plan) > 1 && padded(plan),
    'halves the query',
    'attention/none:batch=2;heads=6;keyValueHeads=3;queries=1;keys=9;headDim=5;valueDim=18;causal;right=1;keyLengths=9,4;convention=scaled-bias;biasScale=0.3;positions=gaps;dtype=float16;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-groups-with-segments',
    (plan) => group(plan) > 1 && segmented(plan),
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-other-values-with-groups',
    (plan) => plan.valueDim !== plan.headDim && group(plan) > 1,
    'reads the last channel of values as 0',
    'attention/none:batch=2;heads=6;keyValueHeads=3;queries=1;keys=9;headDim=5;valueDim=18;causal;right=1;keyLengths=9,4;convention=scaled-bias;biasScale=0.3;positions=gaps;dtype=float16;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-bfloat16-queries-with-float16-keys',
    (_plan, query, key) => dtypeOf(query) === 'bfloat16' && dtypeOf(key) === 'float16',
    'halves the query',
    'attention/alibi:batch=3;heads=6;keyValueHeads=3;queries=1;keys=9;valueDim=18;right=1;segments=packed;scale=0.7;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float16;valueDtype=float16',
  ],
  [
    'at-bfloat16-queries-with-float32-keys',
    (_plan, query, key) => dtypeOf(query) === 'bfloat16' && dtypeOf(key) === 'float32',
    'halves the query',
    'attention/alibi:batch=3;heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11,7,3;segments=packed;scale=0.7;biasScale=-2;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-float16-queries-with-bfloat16-keys',
    (_plan, query, key) => dtypeOf(query) === 'float16' && dtypeOf(key) === 'bfloat16',
    'halves the query',
    'attention/none:batch=2;heads=6;keyValueHeads=3;queries=1;keys=9;headDim=5;valueDim=18;causal;right=1;keyLengths=9,4;convention=scaled-bias;biasScale=0.3;positions=gaps;dtype=float16;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-float16-queries-with-float32-keys',
    (_plan, query, key) => dtypeOf(query) === 'float16' && dtypeOf(key) === 'float32',
    'halves the query',
    'attention/alibi:heads=4;keyValueHeads=1;queries=13;keys=7;headDim=10;valueDim=3;queryStart=-3;dtype=float16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-float32-queries-with-bfloat16-keys',
    (_plan, query, key) => dtypeOf(query) === 'float32' && dtypeOf(key) === 'bfloat16',
    'halves the query',
    'attention/none:heads=6;keyValueHeads=3;queries=1;keys=9;queryStart=2;causal;left=3;segments=packed;softcap=3;scale=0.4;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-float32-queries-with-float16-keys',
    (_plan, query, key) => dtypeOf(query) === 'float32' && dtypeOf(key) === 'float16',
    'halves the query',
    'attention/alibi:heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11;left=3;biasScale=-2;keyDtype=float16;valueDtype=float32',
  ],
  [
    'at-half-values-alone',
    (_plan, query, key, value) => dtypeOf(value) !== 'float32' && dtypeOf(query) === 'float32' && dtypeOf(key) === 'float32',
    'reads the last channel of values as 0',
    'attention/alibi:heads=6;keyValueHeads=2;queries=1;keys=9;valueDim=18;softcap=2;biasScale=0.3;positions=duplicates;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-float32-values-beside-halves',
    (_plan, query, key, value) => dtypeOf(value) === 'float32' && dtypeOf(query) !== 'float32' && dtypeOf(key) !== 'float32',
    'reads the last channel of values as 0',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=5;keys=19;headDim=5;valueDim=13;queryStart=2;left=3;keyLengths=19,14;segments=padding;convention=scaled-bias;biasScale=0.3;dtype=bfloat16;keyDtype=float16;valueDtype=float32',
  ],
];

export const conditionalSaboteurs: readonly Saboteur[] = ROWS.map(([name, when, wrong, caughtBy]) => ({
  name,
  what: `${wrong}, only ${name.replaceAll('-', ' ')}`,
  backend: () => naiveBackend({ read: wrongWhen(wrong, when) }),
  caughtBy,
  passes: 'attention/none',
}));

/** What is kept from the problem prepared first, though another one runs. */
type Kept = (first: AttentionProblem, now: AttentionProblem) => AttentionProblem;

const KEPT: readonly (readonly [name: string, kept: Kept, caughtBy: string])[] = [
  ['keeps-the-mask', (first, now) => (same(first, now) ? { ...now, mask: first.mask } : now), 'memory/mask'],
  ['keeps-the-bias', (first, now) => (same(first, now) ? { ...now, bias: first.bias } : now), 'memory/table'],
  ['keeps-the-scale', (first, now) => (same(first, now) ? { ...now, scale: first.scale } : now), 'memory/scale'],
  [
    'keeps-the-scale-of-the-bias',
    (first, now) => (same(first, now) ? { ...now, biasScale: first.biasScale } : now),
    'memory/bias-scale',
  ],
  ['keeps-the-softcap', (first, now) => (same(first, now) ? { ...now, softcap: first.softcap } : now), 'memory/softcap'],
  [
    'keeps-the-convention',
    (first, now) => (same(first, now) ? { ...now, convention: first.convention } : now),
    'memory/convention',
  ],
  [
    'keeps-the-positions',
    (first, now) => (same(first, now) && now.positions !== undefined ? { ...now, positions: first.positions } : now),
    'memory/row-positions',
  ],
  [
    'keeps-the-start',
    (first, now) => (same(first, now) && now.queryStart !== undefined ? { ...now, queryStart: first.queryStart } : now),
    'memory/start',
  ],
  [
    'keeps-the-key-lengths',
    (first, now) => (same(first, now) ? { ...now, mask: { ...now.mask, keyLengths: first.mask?.keyLengths } } : now),
    'memory/key-lengths',
  ],
  [
    'keeps-the-segments',
    (first, now) => (same(first, now) ? { ...now, mask: { ...now.mask, segments: first.mask?.segments } } : now),
    'memory/segments',
  ],
];

function same(a: AttentionProblem, b: AttentionProblem): boolean {
  return (['batch', 'heads', 'queries', 'keys', 'headDim'] as const).every((size) => a[size] === b[size]);
}

const keptSaboteurs: readonly Saboteur[] = KEPT.map(([name, kept, caughtBy]) => ({
  name,
  what: `${name.replaceAll('-', ' ')} of the problem that was prepared before`,
  backend: () => {
    let before: AttentionProblem | null = null;
    return naiveBackend({
      problem: (problem) => {
        const wrong = before === null ? problem : kept(before, problem);
        before = problem;
        return wrong;
      },
    });
  },
  caughtBy,
  // Of another size than what was prepared before.
  passes: 'attention/none:keys=1',
}));

/** Tensors kept from the run before: where the caller hands in the same array, or for as long as the problem lives. */
const REUSED = (['query', 'key', 'value'] as const).flatMap((name) =>
  [true, false].map((byIdentity): Saboteur => ({
    name: `keeps-the-${name}-${byIdentity ? 'of-the-same-array' : 'of-the-first-run'}`,
    what: `the ${name} is uploaded once for each ${byIdentity ? 'array, whatever it holds later' : 'prepared problem'}`,
    backend: () => {
      const kept = new WeakMap<object, Float32Array>();
      return naiveBackend({
        read: (plan, query, key, value) => {
          const inputs = readInputs(plan, query, key, value);
          const tensor = { query, key, value }[name] as { readonly data?: object };
          const owner = byIdentity ? (tensor.data ?? tensor) : plan;
          const first = kept.get(owner);
          if (first === undefined) kept.set(owner, inputs[name].slice());
          return { ...inputs, [name]: first ?? inputs[name] };
        },
      });
    },
    caughtBy: 'memory/nothing',
    passes: 'attention/none',
  })),
);

export const memorySaboteurs: readonly Saboteur[] = [...keptSaboteurs, ...REUSED];
