// The result of a row depends only on that row and the keys that it sees, not on the rest of the problem or on the kernel. Random problems, computed
// whole, in parts, by other kernels and through caches. Not a test.
import type { AttentionPlan, AttentionProblem, Dtype, Random, Tensor } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import type { CpuBackend } from '@relbias/kernels-cpu';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { tokensOf } from '../cached-backend.ts';
import { drawTensor, integer, pick } from '../draw.ts';
import type { Answer, Numbers } from '../drawing/answers.ts';
import { answerOf, requireBits, requireSame } from '../drawing/answers.ts';
import type { DrawnBias } from '../drawing/biases.ts';
import { drawBias } from '../drawing/biases.ts';
import { createSharingBackend } from '../sharing-backend.ts';

export const name = 'neighbours';

type Inputs = Readonly<Record<'query' | 'key' | 'value', Tensor>>;
type Given = AttentionProblem & { readonly batch: number; readonly keyValueHeads: number; readonly valueDim: number };

const DTYPES: readonly Dtype[] = ['float32', 'float16', 'bfloat16'];
/** Both sides of a cache's allocations and of the tile sizes. */
const CAPACITIES = [1, 63, 64, 65, 128, 200, 256, 257, 513, undefined] as const;

/** One of each, so each device is proven once; `fast` names those with equal bits in that profile. */
const BACKENDS: Readonly<Record<string, { readonly open: () => CpuBackend | Promise<CpuBackend>; readonly fast: string }>> = {
  online: { open: () => createCpuBackendSync({ kernel: 'online' }), fast: 'online' },
  simd: { open: () => createCpuBackendSync({ variant: 'simd' }), fast: 'simd' },
  madd: { open: () => createCpuBackendSync({ variant: 'madd' }), fast: 'madd' },
  'simd on 2 threads': { open: () => createSharingBackend({ variant: 'simd', threads: 2 }), fast: 'simd' },
  'madd on 3 threads': { open: () => createSharingBackend({ variant: 'madd', threads: 3 }), fast: 'madd' },
};

const opened = new Map<string, CpuBackend>();

async function backendOf(which: string): Promise<CpuBackend> {
  const known = opened.get(which) ?? (await BACKENDS[which].open());
  opened.set(which, known);
  return known;
}

/** One problem. @throws Error that names the seed, the problem, and the way of computing it that gave other bits. */
export async function draw(seed: number): Promise<void> {
  const random = seeded(`neighbours ${seed}`);
  const drawn = drawBias(random, pick(random, [50, 100, 200]));
  const problem = drawProblem(random, drawn);
  const inputs = drawInputs(random, problem);
  try {
    await compareReproducible(random, { ...problem, numerics: 'reproducible' }, inputs);
    await compareFast(random, problem, inputs);
  } catch (error) {
    const { bias: _bias, ...stated } = problem;
    const dtypes = Object.values(inputs).map(({ dtype }) => dtype);
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`neighbours, seed ${seed}, bias ${drawn.name}, ${JSON.stringify(stated)} in ${dtypes.join(', ')}\n${why}`, {
      cause: error,
    });
  }
}

function drawProblem(random: Random, { heads, bias, tokens }: DrawnBias): Given {
  const large = random() < 0.1;
  const batch = integer(random, 1, 3);
  const queries = tokens ?? (random() < 0.15 ? integer(random, 90, 140) : integer(random, 1, 40));
  const keys = tokens ?? integer(random, random() < 0.5 ? queries : 1, 200);
  const list = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
  const where = pick(random, ['end', 'end', 'start', 'anywhere'] as const);
  // Half of the time a problem that a cache can express.
  const plain = random() < 0.5;
  const segment = integer(random, 5, 100);
  const padded = !plain && random() < 0.5;
  // With padding, the default is refused.
  const started = tokens === undefined && !plain && (where === 'start' || (where === 'end' && padded));
  return {
    batch,
    heads,
    keyValueHeads: pick(
      random,
      [1, 2, 3, 4, 6, 8, 12].filter((one) => heads % one === 0),
    ),
    queries,
    keys,
    headDim: large ? integer(random, 60, 70) : integer(random, 1, 10),
    valueDim: large ? integer(random, 60, 70) : pick(random, [1, 3, 5, 8, 16]),
    bias,
    biasScale: pick(random, [undefined, undefined, 0.25, 3, -1, 0]),
    scale: pick(random, [undefined, undefined, 1, 0.05]),
    mask: {
      causal: random() < 0.6,
      window: {
        left: random() < 0.2 ? integer(random, 0, 150) : undefined,
        right: random() < 0.2 ? integer(random, 0, 90) : undefined,
      },
      ...(padded && { keyLengths: list(batch, () => integer(random, 0, keys)) }),
      ...(!plain &&
        random() < 0.3 && {
          segments: {
            query: list(batch * queries, () => 0).map((_, i) => Math.floor((i % queries) / segment)),
            key: list(batch * keys, () => 0).map((_, j) => Math.floor((j % keys) / segment)),
          },
        }),
    },
    ...(started && { queryStart: list(batch, () => integer(random, -40, 300)) }),
    ...(tokens === undefined &&
      !plain &&
      where === 'anywhere' && {
        positions: {
          query: list(batch * queries, () => integer(random, -50, 250)),
          key: list(batch * keys, () => integer(random, -50, 250)),
        },
      }),
  };
}

function drawInputs(random: Random, { batch, heads, keyValueHeads, queries, keys, headDim, valueDim }: Given): Inputs {
  const sink = random() < 0.4 ? integer(random, 0, keys - 1) : -1;
  const [along, factor] = pick(random, [
    [0, 1],
    [0, 1],
    [0.7, 0.3],
    [1, 0],
  ] as const);
  const ofKeys = pick(random, [1, 1, 0.1, 0]);
  const same = pick(random, DTYPES);
  const dtype = (): Dtype => (random() < 0.5 ? same : pick(random, DTYPES));
  return {
    query: drawTensor(`query ${random()}`, batch, heads, queries, headDim, dtype(), (plain) => along + factor * plain),
    key: drawTensor(`key ${random()}`, batch, keyValueHeads, keys, headDim, dtype(), (plain, index) =>
      Math.floor(index / headDim) % keys === sink ? 30 + plain : ofKeys * plain,
    ),
    value: drawTensor(`value ${random()}`, batch, keyValueHeads, keys, valueDim, dtype()),
  };
}

/** Parts, kernels and caches: all of them give the bits of the whole in one pass. */
async function compareReproducible(random: Random, problem: Given, inputs: Inputs): Promise<void> {
  const online = await backendOf('online');
  const whole = runOf(online, problem, inputs);
  for (const other of Object.keys(BACKENDS)) {
    requireSame(other, runOf(await backendOf(other), problem, inputs), whole);
  }
  if (typeof whole === 'string') return;
  const anyBackend = async (): Promise<CpuBackend> => backendOf(pick(random, Object.keys(BACKENDS)));
  const plan = planAttention(problem);
  const { batch, queries, keys, mask } = plan;
  for (let b = 0; b < batch; b++) {
    const part = partOf(problem, plan, inputs, b, 0, queries, keys);
    requireRows(`batch row ${b} alone`, await anyBackend(), part, whole, plan, b, 0);
  }
  const b = integer(random, 0, batch - 1);
  const first = integer(random, 0, queries - 1);
  const end = integer(random, first + 1, queries);
  const split = partOf(problem, plan, inputs, b, first, end, keys);
  requireRows(`queries ${first} to ${end} of batch row ${b}`, await anyBackend(), split, whole, plan, b, first);
  if (plan.positions.queryStart !== null) {
    // Keys after the last visible one do not matter.
    const last = plan.positions.query[b * queries + end - 1] - mask.minDistance;
    const enough = Math.min(keys, Math.max(1, last + 1));
    const shorter = partOf(problem, plan, inputs, b, first, end, enough);
    const how = `queries ${first} to ${end} of batch row ${b} with ${enough} keys`;
    requireRows(how, await anyBackend(), shorter, whole, plan, b, first);
  }
  await compareCache(random, pick(random, ['simd', 'madd']), problem, inputs, whole);
}

/** A cache and threads give the bits of one pass on one thread of the same variant. */
async function compareFast(random: Random, problem: Given, inputs: Inputs): Promise<void> {
  const variant = pick(random, ['simd', 'madd']);
  const whole = runOf(await backendOf(variant), problem, inputs);
  for (const [other, { fast }] of Object.entries(BACKENDS)) {
    if (fast === variant) requireSame(`${other}, fast`, runOf(await backendOf(other), problem, inputs), whole);
  }
  if (typeof whole !== 'string') await compareCache(random, variant, problem, inputs, whole);
}

/** If a cache can express the problem. */
async function compareCache(random: Random, variant: string, problem: Given, inputs: Inputs, whole: Numbers): Promise<void> {
  const { queries, keys, mask, queryStart, positions, ...stated } = problem;
  const { keyLengths, segments, ...byDistance } = mask ?? {};
  if (queryStart !== undefined || positions !== undefined || keyLengths !== undefined || segments !== undefined) return;
  if (problem.bias?.defaultPositions !== undefined || queries > keys) return;
  const capacity = pick(random, CAPACITIES);
  const cache = (await backendOf(variant)).createCacheSync({ ...stated, mask: byDistance, capacity });
  try {
    for (let at = 0; at < keys;) {
      const end = Math.min(keys, at + integer(random, 1, pick(random, [3, 70, 200])));
      cache.append(tokensOf(inputs.key, at, end), tokensOf(inputs.value, at, end));
      at = end;
    }
    const got = answerOf(() => cache.attendSync(inputs.query, { logSumExp: true }));
    requireSame(`a cache of ${capacity ?? 'the usual capacity'}, ${variant}, ${problem.numerics ?? 'fast'}`, got, whole);
  } finally {
    cache.dispose();
  }
}

interface Part {
  readonly problem: AttentionProblem;
  readonly inputs: Inputs;
}

/** Queries `first` to `end` of a batch row, and its first `keys` keys, as a problem of their own. */
function partOf(
  problem: Given,
  { positions, mask, queries, keys: allKeys }: AttentionPlan,
  { query, key, value }: Inputs,
  b: number,
  first: number,
  end: number,
  keys: number,
): Part {
  const ofQueries = <T extends { slice(from: number, to: number): T }>(all: T): T =>
    all.slice(b * queries + first, b * queries + end);
  const ofKeys = <T extends { slice(from: number, to: number): T }>(all: T): T => all.slice(b * allKeys, b * allKeys + keys);
  const where =
    positions.queryStart === null
      ? { positions: { query: ofQueries(positions.query), key: ofKeys(positions.key) } }
      : { positions: undefined, queryStart: positions.query[b * queries + first] };
  const { querySegments, keySegments } = mask;
  const segments =
    querySegments === null || keySegments === null ? undefined : { query: ofQueries(querySegments), key: ofKeys(keySegments) };
  return {
    problem: {
      ...problem,
      ...where,
      batch: 1,
      queries: end - first,
      keys,
      mask: { ...problem.mask, keyLengths: [Math.min(mask.keyLengths[b], keys)], segments },
    },
    inputs: {
      query: tokensOf(batchRow(query, b), first, end),
      key: tokensOf(batchRow(key, b), 0, keys),
      value: tokensOf(batchRow(value, b), 0, keys),
    },
  };
}

function batchRow({ data, shape, dtype }: Tensor, b: number): Tensor {
  const size = shape[1] * shape[2] * shape[3];
  return { data: (data as Float32Array).subarray(b * size, (b + 1) * size), shape: [1, ...shape.slice(1)], dtype };
}

function runOf(backend: CpuBackend, problem: AttentionProblem, { query, key, value }: Inputs): Answer {
  return answerOf(() => {
    const prepared = backend.prepareSync(problem);
    try {
      return prepared.runSync(query, key, value, { logSumExp: true });
    } finally {
      prepared.dispose();
    }
  });
}

/** Compares the rows of a part with the same rows of the whole. */
function requireRows(
  how: string,
  backend: CpuBackend,
  { problem, inputs }: Part,
  whole: Numbers,
  { heads, queries, valueDim }: AttentionPlan,
  b: number,
  first: number,
): void {
  const got = runOf(backend, problem, inputs);
  const on = `${how}, ${JSON.stringify(backend.ranOn)}`;
  if (typeof got === 'string') throw new Error(`${on}: refused, "${got}"`);
  const count = problem.queries;
  for (let h = 0; h < heads; h++) {
    const row = (b * heads + h) * queries + first;
    const own = h * count;
    const [output, wanted] = [got.output, whole.output];
    requireBits(
      `${on}: output of head ${h}`,
      output.subarray(own * valueDim, (own + count) * valueDim),
      wanted.subarray(row * valueDim, (row + count) * valueDim),
    );
    requireBits(
      `${on}: logSumExp of head ${h}`,
      got.logSumExp.subarray(own, own + count),
      whole.logSumExp.subarray(row, row + count),
    );
  }
}
