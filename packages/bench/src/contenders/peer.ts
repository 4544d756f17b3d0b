// Shared by the contenders with another library. Each takes part twice: `with bias` computes its N x N bias in every call, as in a program whose
// lengths vary; `prebuilt` computed it before. Both are given their best conditions: inputs are the library's own tensors, the bias is built as
// fast as JavaScript can, and attention is computed in the library's fastest form, which its file names. The output is read back within the timed
// call. All use one thread.
import type { BenchCase } from '../cases.ts';
import type { Contender } from '../contender.ts';
import { denseBiasBuilder } from '../dense-bias.ts';
import type { Layout } from '../layout.ts';
import { peerVersion } from '../peers.ts';

/** A library with the inputs of a case. */
interface OpenPeer<B> {
  readonly layout?: Layout;
  /** bias[heads, queries, keys] as the library wants it. */
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
  /** Default: every case whose queries have key and value heads of their own. */
  takes?(benchCase: BenchCase): boolean;
  open(benchCase: BenchCase): Promise<OpenPeer<B>>;
}

export function hasOwnKeyHeads({ problem: { heads, keyValueHeads } }: BenchCase): boolean {
  return heads === keyValueHeads;
}

/** The two contenders that a peer is. */
export function bothWays<B>({ name, library, maxTokens, takes = hasOwnKeyHeads, open }: Peer<B>): Contender[] {
  const common = { version: `${library} ${peerVersion(library)}`, maxTokens, takes, origin: 'peer' } as const;
  return [
    {
      ...common,
      name: `${name} with bias`,
      async prepare(benchCase) {
        const { layout, load, attend, unload } = await open(benchCase);
        const build = denseBiasBuilder(benchCase);
        return {
          layout,
          async run() {
            const bias = load(build());
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
        const bias = load(denseBiasBuilder(benchCase)());
        return { layout, run: () => attend(bias) };
      },
    },
  ];
}
