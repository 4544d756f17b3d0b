// Named sets of races. Races that decide targets come first, so a plan cut short is still useful.
import type { CaseName } from './cases.ts';

/** The contenders, by name, for one case and length. */
export interface PlannedRace {
  readonly case: CaseName;
  readonly tokens: number;
  readonly contenders: readonly string[];
}

const bothForms = (peer: string): string[] => [`${peer} with bias`, `${peer} prebuilt`];

const ORT_NODE = ['ORT-node Attention', 'ORT-node MultiHeadAttention'].flatMap(bothForms);
const ORT_NODE_IS_CAUSAL = bothForms('ORT-node Attention is_causal');
const ORT_WEB = bothForms('ORT-web');

const OURS = ['relbias wasm', 'relbias wasm revectorized', 'relbias wasm in place'];
const OUR_CACHES = ['relbias cache', 'relbias cache with append', 'relbias cache revectorized'];
const OUR_OTHERS = [
  'relbias wasm 2 threads',
  'relbias wasm revectorized',
  'relbias wasm revectorized in place',
  'relbias wasm 2 threads revectorized',
  'relbias wasm simd',
  'relbias wasm madd',
  'relbias wasm float16',
  'relbias wasm bfloat16',
];

/** Contenders that are too slow for every race. */
const SLOW = ['plain loop', 'relbias naive', 'relbias online', 'tfjs-wasm with bias', 'jax-js wasm with bias'];

const DECIDING = [...OURS, ...ORT_NODE, ...ORT_WEB];
// ONNX Runtime takes several gigabytes in each of its processes at these lengths.
const DECIDING_LONG = [...OURS, ...ORT_NODE, 'ORT-web with bias'];

function races(cases: readonly CaseName[], lengths: readonly number[], contenders: readonly string[]): PlannedRace[] {
  return cases.flatMap((name) => lengths.map((tokens) => ({ case: name, tokens, contenders })));
}

const CAUSAL = ['alibi-causal', 't5-causal'] as const;
const MAIN = [...CAUSAL, 't5-bidirectional'] as const;

const targets: readonly PlannedRace[] = [
  ...races(['alibi-decode'], [4096], [...OUR_CACHES, ...OURS, ...ORT_NODE, ...ORT_WEB]),
  ...races(MAIN, [512, 1024], DECIDING),
  ...races(MAIN, [4096], DECIDING_LONG),
  ...races(MAIN, [64, 128], DECIDING),
  ...races(MAIN, [2048], DECIDING),
];

const variants: readonly PlannedRace[] = [
  ...races(MAIN, [1024, 4096], ['relbias wasm', ...OUR_OTHERS]),
  ...races(CAUSAL, [1024], ['relbias wasm', ...ORT_NODE, ...ORT_NODE_IS_CAUSAL]),
];

const bits: readonly PlannedRace[] = races(
  ['t5-causal', 't5-bidirectional'],
  [512, 1024],
  ['simd', 'madd'].flatMap((variant) => [
    `relbias wasm ${variant}`,
    ...['', ' bfloat16', ' float16'].map((dtype) => `relbias wasm ${variant} reproducible${dtype}`),
  ]),
);

const slow: readonly PlannedRace[] = [
  ...races(MAIN, [512], ['relbias wasm', ...SLOW]),
  ...races(MAIN, [1024], ['relbias wasm', 'plain loop', 'tfjs-wasm with bias', 'jax-js wasm with bias']),
  ...races(MAIN, [128], ['relbias wasm', 'relbias online reproducible', ...SLOW]),
];

const families: readonly PlannedRace[] = [
  ...races(['fire-bidirectional'], [512, 1024, 2048], DECIDING),
  ...races(['fire-bidirectional'], [4096], DECIDING_LONG),
  ...races(['alibi-grouped'], [512, 1024, 4096], [...OURS, ...ORT_NODE]),
  ...races(['alibi-decode'], [1024], [...OUR_CACHES, ...OURS, ...ORT_NODE]),
];

export const PLANS = {
  targets,
  variants,
  bits,
  slow,
  families,
  full: [...targets, ...variants, ...bits, ...slow, ...families],
} as const;

export type PlanName = keyof typeof PLANS;

export const PLAN_NAMES: readonly PlanName[] = Object.keys(PLANS) as PlanName[];
