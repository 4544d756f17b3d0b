// The key/value cache of this repository, for decoding: one query against all tokens in the cache.
import type { CpuBackendOptions } from '@relbias/kernels-cpu';
import { createCpuBackend } from '@relbias/kernels-cpu';
import type { BenchCase } from '../cases.ts';
import type { Contender, Prepared } from '../contender.ts';
import { OURS, ranOnOf } from './ours.ts';

interface Way {
  readonly name: string;
  readonly options: CpuBackendOptions;
  /** Whether a run also appends the last token's key and value, as generation does; peers have all of them beforehand. */
  readonly appends?: boolean;
}

function decoded({ name, options, appends = false }: Way): Contender {
  return {
    ...OURS,
    name,
    maxTokens: Infinity,
    takes: ({ problem }) => problem.queries === 1,
    async prepare(benchCase): Promise<Prepared> {
      const { queries: _, keys, ...problem } = benchCase.problem;
      const backend = await createCpuBackend(options);
      const cache = await backend.createCache({ ...problem, mask: { causal: true }, capacity: keys });
      cache.append(benchCase.key, benchCase.value);
      const [key, value] = [lastToken(benchCase, benchCase.key), lastToken(benchCase, benchCase.value)];
      let { ranOn } = backend;
      return {
        async run() {
          if (appends) {
            cache.truncate(keys - 1);
            cache.append(key, value);
          }
          const result = await cache.attend(benchCase.query);
          ({ ranOn } = result);
          return result.output.data;
        },
        ranOn: () => ranOnOf(ranOn),
      };
    },
  };
}

/** [keyValueHeads, 1, headDim] of [keyValueHeads, tokens, headDim]. */
function lastToken({ problem: { keyValueHeads, keys, headDim } }: BenchCase, tensor: Float32Array): Float32Array {
  const taken = new Float32Array(keyValueHeads * headDim);
  for (let head = 0; head < keyValueHeads; head++) {
    const end = (head + 1) * keys * headDim;
    taken.set(tensor.subarray(end - headDim, end), head * headDim);
  }
  return taken;
}

const ways: readonly Way[] = [
  { name: 'relbias cache', options: {} },
  { name: 'relbias cache with append', options: {}, appends: true },
  { name: 'relbias cache revectorized', options: { revectorize: true } },
];

export const caches: readonly Contender[] = ways.map(decoded);
