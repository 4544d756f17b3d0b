// What all peers share: each takes part twice, with its N x N bias built inside the timed call (the bias or the length is new), and with
// the bias built and handed over beforehand (a program that calls often with the same).
//
// Each gets the benefit of the doubt: query, key and value are handed over beforehand where the library keeps tensors of its own, the bias
// is built as fast as JavaScript can, and each library computes attention in the fastest form that it offers, which its file names. The
// output is read back inside the timed call. One thread each.
import type { BenchCase } from '../cases.ts';
import type { Contender } from '../contender.ts';
import { denseBias } from '../dense-bias.ts';
import type { Layout } from '../layout.ts';
import { peerVersion } from '../peers.ts';

/** A library that holds the inputs of a case. */
interface OpenPeer<B> {
  readonly layout?: Layout;
  /** bias[heads, N, N] as the library wants it. */
  load(dense: Float32Array): B;
  attend(bias: B): Float32Array | Promise<Float32Array>;
  /** Frees the bias. */
  unload(bias: B): void;
}

export interface Peer<B> {
  readonly name: string;
  /** On npm. */
  readonly library: string;
  readonly maxTokens: number;
  open(benchCase: BenchCase): Promise<OpenPeer<B>>;
}

/** The two contenders that a peer is. */
export function bothWays<B>({ name, library, maxTokens, open }: Peer<B>): Contender[] {
  const common = { version: `${library} ${peerVersion(library)}`, maxTokens, origin: 'peer' } as const;
  return [
    {
      ...common,
      name: `${name} with bias`,
      async prepare(benchCase) {
        const { layout, load, attend, unload } = await open(benchCase);
        return {
          layout,
          async run() {
            const bias = load(denseBias(benchCase));
            const output = await attend(bias);
            unload(bias);
            return output;
          },
        };
      },
    },
    {
      ...common,
      name: `${name} prebuilt`,
      async prepare(benchCase) {
        const { layout, load, attend } = await open(benchCase);
        const bias = load(denseBias(benchCase));
        return { layout, run: () => attend(bias) };
      },
    },
  ];
}
