// Attention in one call: reads the shapes from the tensors, finds the backend by name, and disposes everything it made.
import type { AttentionProblem, AttentionResultFor, Backend, RunOptions, ShapedTensor } from '@relbias/bias-spec';
import { ParameterError, ShapeError } from '@relbias/bias-spec';
import type { Sizes } from '@relbias/bias-spec/backend';
import { PROBLEM_KEYS, SIZE_KEYS, readOptions, readRunOptions, show, statedShape, tensorHint } from '@relbias/bias-spec/backend';
import type { BackendName, CpuBackendName } from './backends.ts';
import { createBackend, readBackendName, sharedCpuBackend } from './backends.ts';

/** The attention problem without its shapes, and how to run it. */
export interface AttentionOptions<LogSumExp extends boolean = boolean>
  extends Omit<AttentionProblem, keyof Sizes>, RunOptions<LogSumExp> {
  /** A name, or a backend that you created and will dispose. Default `cpu`. A backend that cannot run is an error, never replaced. */
  readonly backend?: BackendName | Backend;
}

/** Options of `createBackend` that users also look for here. */
const OPTIONS_OF_BACKENDS = ['threads', 'variant', 'revectorize', 'gpu', 'device'];

/**
 * Computes softmax(scale * (query . key) + biasScale * bias) . value, with relative position bias.
 *
 * For many calls of one shape, prepare once instead: `createBackend('cpu')`, then `backend.prepare(problem)`.
 *
 * Each tensor is one of ours (`tensor` makes them) or of onnxruntime or Transformers.js.
 *
 * @param query - [batch, heads, queries, headDim]
 * @param key - [batch, keyValueHeads, keys, headDim]
 * @param value - [batch, keyValueHeads, keys, valueDim]
 * @returns `output` [batch, heads, queries, valueDim], `logSumExp` [batch, heads, queries] if `options.logSumExp` is true, and `ranOn`.
 * @throws ShapeError, ParameterError for inputs that do not fit, UnsupportedError for a backend that is not available.
 * @example
 * const one = tensor(Float32Array.of(1, 2), [1, 1, 2, 1]);
 * const { output } = await attention(one, one, one, { bias: alibi({ heads: 1 }), mask: { causal: true } });
 * output.data[0]; // 1
 * @example
 * const one = tensor(Float32Array.of(1, 2), [1, 1, 2, 1]);
 * const { logSumExp } = await attention(one, one, one, { logSumExp: true });
 * logSumExp.shape; // [1, 1, 2]
 */
export async function attention<LogSumExp extends boolean = false>(
  query: ShapedTensor,
  key: ShapedTensor,
  value: ShapedTensor,
  options: AttentionOptions<LogSumExp> = {},
): Promise<AttentionResultFor<LogSumExp>> {
  const { backend: chosen = 'cpu', logSumExp, signal, progress, ...problem } = readAttentionOptions(options);
  const runOptions = readRunOptions({ logSumExp, signal, progress });
  const sized = { ...problem, ...shapes(query, key, value) };
  const { backend, own } = await resolveBackend(chosen);
  try {
    const prepared = await backend.prepare(sized);
    try {
      return await prepared.run(query, key, value, runOptions);
    } finally {
      prepared.dispose();
    }
  } finally {
    if (own) await backend.dispose();
  }
}

/** The options of one call: of its problem, whose sizes the tensors state, of its run, and the backend. */
const OPTIONS: readonly (keyof AttentionOptions)[] = [
  ...PROBLEM_KEYS.filter((name): name is Exclude<typeof name, keyof Sizes> => !(SIZE_KEYS as readonly string[]).includes(name)),
  'backend',
  'logSumExp',
  'signal',
  'progress',
];

/** The options of one call, inherited ones too, as they were when they were checked. Refuses options that belong elsewhere. */
function readAttentionOptions<LogSumExp extends boolean>(options: AttentionOptions<LogSumExp>): AttentionOptions<LogSumExp> {
  readOptions('options', options, null);
  for (const name of SIZE_KEYS) {
    if (!(name in options)) continue;
    throw new ParameterError({
      what: `options.${name}`,
      got: show((options as AttentionProblem)[name]),
      wanted: 'nothing: it is read from the shapes of the tensors',
    });
  }
  const ofBackend = OPTIONS_OF_BACKENDS.find((name) => name in options);
  if (ofBackend === undefined) return readOptions('options', options, OPTIONS);
  const name = ofBackend === 'gpu' || ofBackend === 'device' ? 'gpu' : 'cpu';
  throw new ParameterError({
    what: `options.${ofBackend}`,
    got: 'an option of a backend',
    wanted: 'a backend created with it',
    hint: `Write: const backend = await createBackend('${name}', { ${ofBackend} }), and pass { backend }.`,
  });
}

/**
 * Finds the backend for one call. The CPU backends are kept for the life of the module: each holds compiled code and at most one small
 * memory for the next call, no device and no thread, and keeping them saves compiling WebAssembly in every call. Overlapping calls share
 * nothing. Any other backend lives for one call.
 */
async function resolveBackend(chosen: BackendName | Backend): Promise<{ backend: Backend; own: boolean }> {
  if (typeof chosen !== 'string') return { backend: requireBackend(chosen), own: false };
  const [kind] = readBackendName('options.backend', chosen);
  if (kind === 'cpu') return { backend: await sharedCpuBackend(chosen as CpuBackendName), own: false };
  return { backend: await createBackend(chosen), own: true };
}

function requireBackend(value: unknown): Backend {
  if (value !== null && typeof value === 'object' && typeof (value as Backend).prepare === 'function') return value as Backend;
  throw new ParameterError({
    what: 'options.backend',
    got: show(value),
    wanted: 'the name of a backend or an object with prepare()',
    hint: value instanceof Promise ? 'Write: await createBackend(...).' : undefined,
  });
}

/** The shapes of a problem, read from the tensors. Whether they agree is checked when the problem is planned and run. */
export function shapes(query: ShapedTensor, key: ShapedTensor, value: ShapedTensor): Pick<AttentionProblem, keyof Sizes> {
  const [batch, heads, queries, headDim] = fourExtents('query', query);
  const [, keyValueHeads, keys] = fourExtents('key', key);
  const [, , , valueDim] = fourExtents('value', value);
  return { batch, heads, keyValueHeads, queries, keys, headDim, valueDim };
}

function fourExtents(what: string, tensor: ShapedTensor): readonly number[] {
  const shape = statedShape(tensor);
  if (!Array.isArray(shape)) {
    const allInOne = tensor === undefined || (tensor !== null && typeof tensor === 'object' && 'query' in tensor);
    throw notFour(what, tensor, allInOne ? 'Write: attention(query, key, value, options).' : tensorHint(tensor));
  }
  if (shape.length === 4) return shape;
  const missing = 4 - shape.length;
  const padded = [...Array<number>(Math.max(0, missing)).fill(1), ...shape];
  throw notFour(
    what,
    shape,
    missing > 0 ? `Add the missing axes: tensor(data, ${show(padded)}).${missing === 1 ? HEADS_IN_DIM : ''}` : undefined,
  );
}

/** Hidden states are [batch, sequence, heads * dim]: with an axis of 1 in front, their batch rows would be heads. */
const HEADS_IN_DIM =
  ' Of [batch, sequence, heads * dim] split the last axis: tensor(data, [batch, sequence, heads, dim]), then headsFirst.';

function notFour(what: string, got: unknown, hint: string | undefined): ShapeError {
  return new ShapeError({ what: `${what}.shape`, got: show(got), wanted: '[batch, heads, sequence, dim]', hint });
}
