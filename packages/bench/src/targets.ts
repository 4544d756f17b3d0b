// The targets of the kernels. All bounds are in this file.
//
// `prototype` targets were reached, with a margin, by a prototype of the WebAssembly kernel on a 2-core Zen 5, measured together with the same
// peers. `goal` targets were set from the limit of the hardware before the kernel was written. Where there were two, this file has the harder one.
import type { CaseName } from './cases.ts';
import type { Side } from './sides.ts';

export interface Target {
  readonly cases: readonly CaseName[];
  /** The range of lengths, both included. */
  readonly from: number;
  readonly to: number;
  readonly measure: Measure;
  readonly ours: Side;
  /** Undefined for a share of the limit, which is measured in the same process. */
  readonly peer?: Side;
  /** The upper bound of ours / peer, or the lower bound of a share of the limit. */
  readonly bound: number;
  readonly source: 'prototype' | 'goal';
}

type Measure = 'time' | 'peak memory' | 'share of limit';

const CAUSAL: readonly CaseName[] = ['alibi-causal', 't5-causal'];
const T5: readonly CaseName[] = ['t5-bidirectional'];
const WINDOW: readonly CaseName[] = ['alibi-causal'];
/** At this length ALiBi skips part of the keys, so other targets apply. */
const WINDOW_TOKENS = 4096;

type Row = readonly [cases: readonly CaseName[], from: number, to: number, peer: Side, bound: number, source: Target['source']];

/** With default options. */
const byDefault: readonly Row[] = [
  [CAUSAL, 64, 128, 'ORT-node with bias', 1.6, 'goal'],
  [T5, 64, 128, 'ORT-node with bias', 1.6, 'goal'],
  [CAUSAL, 512, 512, 'ORT-node with bias', 1.05, 'prototype'],
  [CAUSAL, 1024, 2048, 'ORT-node with bias', 0.7, 'prototype'],
  [['t5-causal'], 4096, 4096, 'ORT-node with bias', 0.7, 'prototype'],
  [WINDOW, WINDOW_TOKENS, Infinity, 'ORT-node with bias', 0.4, 'prototype'],
  [T5, 1024, 4096, 'ORT-node with bias', 1.4, 'prototype'],
  [['alibi-decode'], 4096, 4096, 'ORT-node with bias', 0.45, 'prototype'],
  [CAUSAL, 512, 512, 'ORT-web with bias', 0.27, 'prototype'],
  [CAUSAL, 1024, 2048, 'ORT-web with bias', 0.24, 'prototype'],
  [['t5-causal'], 4096, 4096, 'ORT-web with bias', 0.24, 'prototype'],
  [WINDOW, WINDOW_TOKENS, Infinity, 'ORT-web with bias', 0.13, 'prototype'],
  [T5, 1024, 4096, 'ORT-web with bias', 0.47, 'prototype'],
  [['alibi-decode'], 4096, 4096, 'ORT-web with bias', 0.17, 'prototype'],
  [[...CAUSAL, ...T5], 512, 4096, 'jax-js wasm with bias', 0.15, 'goal'],
  [[...CAUSAL, ...T5], 512, 4096, 'tfjs-wasm with bias', 0.15, 'goal'],
];

/** With V8's revectorizer. */
const revectorized: readonly Row[] = [
  [CAUSAL, 512, 512, 'ORT-node with bias', 0.5, 'prototype'],
  [CAUSAL, 1024, 2048, 'ORT-node with bias', 0.32, 'prototype'],
  [['t5-causal'], 4096, 4096, 'ORT-node with bias', 0.32, 'prototype'],
  [WINDOW, WINDOW_TOKENS, Infinity, 'ORT-node with bias', 0.17, 'prototype'],
  [T5, 1024, 4096, 'ORT-node with bias', 0.65, 'prototype'],
  [['alibi-decode'], 4096, 4096, 'ORT-node with bias', 0.33, 'prototype'],
  [CAUSAL, 512, 4096, 'ORT-node prebuilt', 1, 'goal'],
];

/** The cost of the reproducible profile, compared with the fast profile of the same variant on float32. It depends on the dtype of the inputs. */
const reproducible: readonly (readonly [ours: Side, fast: Side, bound: number])[] = [
  ['relbias, simd, reproducible bfloat16', 'relbias, simd', 1.1],
  ['relbias, madd, reproducible bfloat16', 'relbias, madd', 1.15],
  ['relbias, simd, reproducible', 'relbias, simd', 3.3],
  ['relbias, madd, reproducible', 'relbias, madd', 3.3],
];

function timed(ours: Side): (row: Row) => Target {
  return ([cases, from, to, peer, bound, source]) => ({ cases, from, to, measure: 'time', ours, peer, bound, source });
}

export const TARGETS: readonly Target[] = [
  ...byDefault.map(timed('relbias, default')),
  ...revectorized.map(timed('relbias, revectorized')),
  {
    cases: [...CAUSAL, ...T5],
    from: 1024,
    to: 4096,
    measure: 'time',
    ours: 'relbias, two threads',
    peer: 'relbias, one call',
    bound: 1 / 1.85,
    source: 'goal',
  },
  // Not ALiBi: the fast kernel skips far keys, which this profile must not.
  ...reproducible.map(([ours, peer, bound]): Target => ({
    cases: ['t5-causal', 't5-bidirectional'],
    from: 512,
    to: 4096,
    measure: 'time',
    ours,
    peer,
    bound,
    source: 'goal',
  })),
  // Not ALiBi: skipped pairs count as work, which inflates the share.
  {
    cases: ['t5-causal', 't5-bidirectional'],
    from: 512,
    to: 4096,
    measure: 'share of limit',
    ours: 'relbias, default',
    bound: 0.8,
    source: 'goal',
  },
  {
    cases: ['t5-causal', 't5-bidirectional'],
    from: 512,
    to: 4096,
    measure: 'share of limit',
    ours: 'relbias, revectorized',
    bound: 0.75,
    source: 'goal',
  },
  {
    cases: [...CAUSAL, ...T5],
    from: 4096,
    to: 4096,
    measure: 'peak memory',
    ours: 'relbias, default',
    peer: 'ORT-node with bias',
    bound: 0.1,
    source: 'goal',
  },
];
