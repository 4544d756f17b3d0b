// Saboteurs of the contract: the numbers are right, the behaviour is wrong.
import type { Backend, OwnFloat32Array, PreparedAttention } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import { widenInputs } from '@relbias/bias-spec/backend';
import { naiveBackend } from '../naive-backend.ts';
import type { Saboteur } from './saboteur.ts';

type Run = PreparedAttention['run'];

/** A correct backend with a wrapper around its runs. `wrap` is called once for each prepared problem. */
function wrapped(wrap: (run: Run, prepared: PreparedAttention) => Run): Backend {
  const correct = naiveBackend();
  return {
    ...correct,
    async prepare(problem) {
      const prepared = await correct.prepare(problem);
      return { ...prepared, run: wrap(prepared.run, prepared) };
    },
  };
}

export const behaviourSaboteurs: readonly Saboteur[] = [
  {
    name: 'reuses-its-output',
    what: 'every run writes to the same buffer and returns it again',
    backend: () =>
      wrapped((run) => {
        let kept: OwnFloat32Array | null = null;
        return async (...call) => {
          const result = await run(...call);
          const data = (kept ??= result.output.data);
          data.set(result.output.data);
          return { ...result, output: { ...result.output, data } };
        };
      }),
    caughtBy: 'contract/results-are-kept',
    passes: 'attention/none:data=zeros',
  },
  {
    name: 'other-bits-every-time',
    what: 'the order of sums changes from run to run, as with atomics on a GPU',
    backend: () => {
      let runs = 0;
      const steps = { keyOrder: (keys: number) => Array.from({ length: keys }, (_, j) => (runs % 2 === 0 ? j : keys - 1 - j)) };
      const correct = naiveBackend({ steps });
      return {
        ...correct,
        async prepare(problem) {
          const prepared = await correct.prepare(problem);
          return { ...prepared, run: (...call) => ((runs += 1), prepared.run(...call)) };
        },
      };
    },
    caughtBy: 'attention/none',
    passes: 'attention/none:keys=1',
  },
  {
    name: 'works-in-place',
    what: "the query is scaled in place, in the caller's array",
    backend: () =>
      wrapped((run) => async (query, key, value, options) => {
        const result = await run(query, key, value, options);
        const data: unknown = 'data' in query ? query.data : query;
        if (data instanceof Float32Array) data.forEach((one, index) => (data[index] = one * 0.5));
        return result;
      }),
    caughtBy: 'attention/none',
    passes: 'attention/none:data=zeros',
  },
  {
    name: 'transposed-shape',
    what: 'the shape of the output is [batch, queries, heads, valueDim]',
    backend: () =>
      wrapped((run) => async (...call) => {
        const result = await run(...call);
        const [batch, heads, queries, valueDim] = result.output.shape;
        return { ...result, output: { ...result.output, shape: [batch, queries, heads, valueDim] } };
      }),
    caughtBy: 'attention/none',
    passes: 'attention/none:heads=1;queries=1',
  },
  {
    name: 'silent-fallback',
    what: 'large problems run on another kernel, silently',
    backend: () =>
      wrapped((run, { plan }) => async (...call) => {
        const result = await run(...call);
        return plan.keys > 64 ? { ...result, ranOn: { ...result.ranOn, kernel: 'fallback' } } : result;
      }),
    caughtBy: 'attention/none:queries=3;keys=65',
    passes: 'attention/none:queries=3;keys=64',
  },
  {
    name: 'ignores-the-signal',
    what: 'an aborted run continues to its end',
    backend: () => wrapped((run) => (query, key, value, options) => run(query, key, value, { ...options, signal: undefined })),
    caughtBy: 'contract/abort-during-a-run',
    passes: 'contract/run-after-dispose',
  },
  {
    name: 'reads-past-nan',
    what: 'numbers that are not finite are not refused',
    backend: () =>
      naiveBackend({
        read: (_plan, { raw }) => widenInputs(raw),
      }),
    caughtBy: 'contract/refuses-input-query-nan',
    passes: 'contract/refuses-input-too-short',
  },
  {
    name: 'throws-at-once',
    what: 'prepare throws synchronously for a wrong problem instead of rejecting',
    backend: () => {
      const correct = naiveBackend();
      return {
        ...correct,
        prepare: (problem) => {
          if (typeof problem?.heads !== 'number') {
            throw new ParameterError({ what: 'problem.heads', got: 'something else', wanted: 'a number' });
          }
          return correct.prepare(problem);
        },
      };
    },
    caughtBy: 'contract/refuses-problem-heads-text',
    passes: 'contract/refuses-problem-heads-0',
  },
  {
    name: 'broken-by-an-error',
    what: 'after a refused call the prepared problem returns zeros',
    backend: () =>
      wrapped((run) => {
        let broken = false;
        return async (...call) => {
          try {
            const result = await run(...call);
            return broken ? { ...result, output: { ...result.output, data: result.output.data.fill(0) } } : result;
          } catch (error) {
            broken = true;
            throw error;
          }
        };
      }),
    caughtBy: 'contract/refuses-input-too-long',
    passes: 'contract/refuses-problem-heads-0',
  },
];
