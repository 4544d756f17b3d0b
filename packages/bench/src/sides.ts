// The sides of a comparison. Each side is the fastest of some contenders of a race.
import { fastest, timedOf } from './figures.ts';
import type { TimedMeasurement } from './figures.ts';
import type { Race } from './race.ts';

const SIDES = {
  'relbias, one call': (name) => name === 'relbias wasm',
  /** Default options: a call, or for decoding the cache, which is made for that. */
  'relbias, default': (name, race) => name === (race.case === 'alibi-decode' ? 'relbias cache' : 'relbias wasm'),
  'relbias, revectorized': (name, race) =>
    name === (race.case === 'alibi-decode' ? 'relbias cache revectorized' : 'relbias wasm revectorized'),
  'relbias, two threads': (name) => name === 'relbias wasm 2 threads',
  'relbias, simd': (name) => name === 'relbias wasm simd',
  'relbias, simd, reproducible': (name) => name === 'relbias wasm simd reproducible',
  'relbias, simd, reproducible bfloat16': (name) => name === 'relbias wasm simd reproducible bfloat16',
  'relbias, madd': (name) => name === 'relbias wasm madd',
  'relbias, madd, reproducible': (name) => name === 'relbias wasm madd reproducible',
  'relbias, madd, reproducible bfloat16': (name) => name === 'relbias wasm madd reproducible bfloat16',
  'ORT-node with bias': (name) => name.startsWith('ORT-node ') && name.endsWith(' with bias'),
  'ORT-node prebuilt': (name) => name.startsWith('ORT-node ') && name.endsWith(' prebuilt'),
  'ORT-web with bias': (name) => name === 'ORT-web with bias',
  'tfjs-wasm with bias': (name) => name === 'tfjs-wasm with bias',
  'jax-js wasm with bias': (name) => name === 'jax-js wasm with bias',
  'plain loop': (name) => name === 'plain loop',
} as const satisfies Readonly<Record<string, (contender: string, race: Race) => boolean>>;

export type Side = keyof typeof SIDES;

/** The peers that all contenders of ours are compared with, if they took part. */
const PEERS: readonly Side[] = [
  'ORT-node with bias',
  'ORT-node prebuilt',
  'ORT-web with bias',
  'tfjs-wasm with bias',
  'jax-js wasm with bias',
  'plain loop',
];

export interface Comparison {
  readonly side: Side;
  readonly peer: TimedMeasurement;
}

/** The fastest contender of each peer side that took part. */
export function comparisons(race: Race): Comparison[] {
  return PEERS.flatMap((side) => {
    const peer = ofSide(race, side);
    return peer === undefined ? [] : [{ side, peer }];
  });
}

/** The fastest contender of a side in a race; undefined if none was timed. */
export function ofSide(race: Race, side: Side): TimedMeasurement | undefined {
  return fastest(timedOf(race).filter(({ contender }) => SIDES[side](contender, race)));
}
