// Attention in one call: shapes read from the tensors, a backend by name, everything it made disposed.
import type { AttentionProblem, AttentionResult, Backend, RunOptions, Tensor } from '@relbias/bias-spec';
import { ParameterError, ShapeError } from '@relbias/bias-spec';
import type { Sizes } from '@relbias/bias-spec/backend';
import { SIZE_KEYS, show } from '@relbias/bias-spec/backend';
import type { BackendName } from './backends.ts';
import { createBackend, sharedCpuBackend } from './backends.ts';

/** The attention problem without its shapes, and how to run it. */
export interface AttentionOptions extends Omit<AttentionProblem, keyof Sizes>, RunOptions {
  /** A name, or a backend that you created and will dispose. Default `cpu`. A backend that cannot run is an error, never replaced. */
  readonly backend?: BackendName | Backend;
}

/**
 * softmax(scale * (query . key) + biasScale * bias) . value, with relative position bias.
 *
 * For many calls of one shape, prepare once instead: `createBackend('cpu')`, then `backend.prepare(problem)`.
 *
 * @param query - [batch, heads, queries, headDim]
 * @param key - [batch, keyValueHeads, keys, headDim]
 * @param value - [batch, keyValueHeads, keys, valueDim]
 * @returns output [batch, heads, queries, valueDim], logSumExp [batch, heads, queries] if asked for, and what it ran on.
 * @throws ShapeError, ParameterError on inputs that do not fit, UnsupportedError for a backend that is not there.
 * @example
 * const one = tensor(Float32Array.of(1, 2), [1, 1, 2, 1]);
 * const { output } = await attention(one, one, one, { bias: alibi({ heads: 1 }), mask: { causal: true } });
 * output.data[0]; // 1
 */
export async function attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Promise<AttentionResult> {
  const { backend: chosen = 'cpu', logSumExp, signal, progress, ...problem } = options;
  for (const name of SIZE_KEYS) {
    if (name in problem) {
      throw new ParameterError({
        what: `options.${name}`,
        got: show((problem as AttentionProblem)[name]),
        wanted: 'nothing: the tensors say it',
      });
    }
  }
  signal?.throwIfAborted();
  const stated = { ...problem, ...shapes(query, key, value) };
  const { backend, own } = await resolveBackend(chosen);
  try {
    const prepared = await backend.prepare(stated);
    try {
      return await prepared.run(query, key, value, { logSumExp, signal, progress });
    } finally {
      prepared.dispose();
    }
  } finally {
    if (own) await backend.dispose();
  }
}

/**
 * The CPU backends are kept for the life of the module: they hold compiled code and at most one small memory for the next call, no
 * device and no thread, so that keeping them costs little and saves compiling WebAssembly in every call. Calls that overlap do not
 * share anything. Any other backend lives for one call.
 */
async function resolveBackend(chosen: BackendName | Backend): Promise<{ backend: Backend; own: boolean }> {
  if (typeof chosen !== 'string') return { backend: requireBackend(chosen), own: false };
  const shared = await sharedCpuBackend(chosen);
  return shared === undefined ? { backend: await createBackend(chosen), own: true } : { backend: shared, own: false };
}

function requireBackend(value: unknown): Backend {
  if (value !== null && typeof value === 'object' && typeof (value as Backend).prepare === 'function') return value as Backend;
  throw new ParameterError({
    what: 'options.backend',
    got: show(value),
    wanted: 'the name of a backend or an object with prepare()',
  });
}

/** The shapes of a problem, as the tensors state them. Whether they agree is for planning and reading to say. */
export function shapes(query: Tensor, key: Tensor, value: Tensor): Pick<AttentionProblem, keyof Sizes> {
  const [batch, heads, queries, headDim] = fourExtents('query', query);
  const [, keyValueHeads, keys] = fourExtents('key', key);
  const [, , , valueDim] = fourExtents('value', value);
  return { batch, heads, keyValueHeads, queries, keys, headDim, valueDim };
}

function fourExtents(what: string, tensor: Tensor): readonly number[] {
  const shape: unknown = (tensor as Partial<Tensor> | null | undefined)?.shape;
  if (Array.isArray(shape) && shape.length === 4) return shape;
  throw new ShapeError({
    what: `${what}.shape`,
    got: tensor === null || typeof tensor !== 'object' ? show(tensor) : show(shape ?? tensor),
    wanted: '[batch, heads, sequence, dim]',
    hint: 'Make one with tensor(data, shape).',
  });
}
