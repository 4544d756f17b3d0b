// Random walks over the states of key/value caches: tokens are appended, truncated, moved and copied, and calls fail. After each step the cache has
// the bits of a freshly prepared full pass. Drawn from a seed, so a failure can be repeated. Not a test.
import type { AttentionProblem, Dtype, Random, TensorLike } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import type { AttentionCache, CpuBackend } from '@relbias/kernels-cpu';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { integer, pick } from '../draw.ts';
import type { Answer } from '../drawing/answers.ts';
import { answerOf, mustRefuse, requireSame } from '../drawing/answers.ts';
import type { DrawnBias } from '../drawing/biases.ts';
import { drawBias } from '../drawing/biases.ts';
import { fail } from '../drawing/cache-failures.ts';
import type { Given, Held } from '../drawing/cache-tokens.ts';
import { DTYPES, cut, drawCount, drawPart, drawQuery, drawRows, joined, lengthOf } from '../drawing/cache-tokens.ts';

export const name = 'caches';

/** One walk. @throws Error that names the seed, the steps and the first thing that is wrong. */
export async function draw(seed: number): Promise<void> {
  await walk(seed);
}

/** What a walk did; tests check that it covered enough. */
export interface Walked {
  steps: number;
  /** Results compared with the full pass, and the refusals among them. */
  compared: number;
  refused: number;
  grown: number;
  /** Failed calls. */
  failed: number;
}

/** Both sides of the sizes by which memory is allocated and keys are packed and skipped. */
const CAPACITIES = [1, 8, 63, 64, 65, 128, 255, 256, 257, 400, 511, 512, 513, undefined, undefined] as const;
const MOST_TOKENS = 900;
const MOST_CACHES = 3;

/** One backend of each build, so each device is proven once. */
const backends = new Map<string, CpuBackend>();

function backendOf(variant: 'simd' | 'madd'): CpuBackend {
  const known = backends.get(variant) ?? createCpuBackendSync({ variant });
  backends.set(variant, known);
  return known;
}

/** Runs the walk of a seed and logs its steps for the error message. `shared` replaces the random backend. */
export async function walk(seed: number, shared?: CpuBackend): Promise<Walked> {
  const random = seeded(`caches ${seed}`);
  const variant = pick(random, ['simd', 'madd'] as const);
  const capacity = pick(random, CAPACITIES);
  const room = Math.ceil((capacity ?? 256) / 64) * 64;
  const drawn = drawBias(random, pick(random, [room, room, room, 2 * room, 300]));
  const given = drawOptions(random, drawn, capacity);
  const log: string[] = [];
  const walked: Walked = { steps: 0, compared: 0, refused: 0, grown: 0, failed: 0 };
  try {
    await steps(random, shared ?? backendOf(variant), given, drawn, log, walked);
  } catch (error) {
    const { bias: _bias, ...stated } = given;
    const problem = `${variant}, bias ${drawn.name}, ${JSON.stringify(stated)}`;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`caches, seed ${seed}, ${problem}\n${log.join('\n')}\n${why}`, { cause: error });
  }
  return walked;
}

function drawOptions(random: Random, { heads, bias }: DrawnBias, capacity: number | undefined): Given {
  const numerics = pick(random, ['fast', 'fast', 'reproducible'] as const);
  const divisors = [1, 2, 3, 4, 6, 8, 12].filter((one) => heads % one === 0);
  const large = random() < 0.1;
  return {
    batch: integer(random, 1, 2),
    heads,
    keyValueHeads: pick(random, divisors),
    headDim: large ? integer(random, 60, 70) : integer(random, 1, 10),
    valueDim: large ? integer(random, 60, 70) : pick(random, [1, 3, 5, 8, 16]),
    bias,
    biasScale: pick(random, [undefined, undefined, undefined, 0.25, 3, -1, 0]),
    scale: pick(random, [undefined, undefined, 1, 0.05]),
    softcap: numerics === 'fast' ? pick(random, [undefined, undefined, undefined, 4, 100]) : undefined,
    mask: {
      causal: random() < 0.7,
      window: {
        left: random() < 0.1 ? integer(random, 0, 400) : undefined,
        right: random() < 0.1 ? integer(random, 0, 90) : undefined,
      },
    },
    capacity,
    numerics,
  };
}

async function steps(
  random: Random,
  backend: CpuBackend,
  given: Given,
  { tokens: ownPositions }: DrawnBias,
  log: string[],
  walked: Walked,
): Promise<void> {
  if (ownPositions !== undefined) {
    walked.steps++;
    walked.failed++;
    mustRefuse('createCache', () => backend.createCacheSync(given));
    return;
  }
  const held: Held[] = [{ cache: backend.createCacheSync(given), parts: [] }];
  // In the reproducible profile everything appended to a tensor has one dtype.
  const [keyDtype, valueDtype] = [pick(random, DTYPES), pick(random, DTYPES)];
  const dtype = (own: Dtype): Dtype => (given.numerics === 'fast' ? pick(random, DTYPES) : own);
  const operations = pick(random, OPERATIONS);
  const count = integer(random, 6, 36);
  try {
    for (let step = 0; step < count; step++) {
      walked.steps++;
      const at = integer(random, 0, held.length - 1);
      const one = held[at];
      const length = lengthOf(one.parts);
      const note = (what: string): void => void log.push(`  ${step}: cache ${at} of ${length} tokens: ${what}`);
      const operation: Operation = length === 0 ? 'append' : pick(random, operations);
      if (operation === 'append' && length < MOST_TOKENS) {
        const part = drawPart(random, length === 0, given, drawCount(random, length), dtype(keyDtype), dtype(valueDtype), note);
        const { capacity } = one.cache;
        one.cache.append(part.key, part.value);
        if (one.cache.capacity > capacity) walked.grown++;
        one.parts = [...one.parts, part];
      } else if (operation === 'truncate' || operation === 'append') {
        const to = random() < 0.1 ? 0 : random() < 0.5 ? Math.floor(length / 64) * 64 : integer(random, 0, length);
        note(`truncate to ${to}`);
        one.cache.truncate(to);
        one.parts = cut(one.parts, to);
      } else if (operation === 'fork') {
        note('fork');
        if (held.length === MOST_CACHES) {
          const [dropped] = held.splice(integer(random, 0, MOST_CACHES - 1), 1);
          dropped.cache.dispose();
          mustRefuse('a disposed cache', () => dropped.cache.attendSync(drawQuery(random, given, 1)));
          continue;
        }
        held.push({ cache: one.cache.fork(), parts: one.parts });
      } else if (operation === 'fail') {
        walked.failed++;
        fail(random, given, one, dtype(keyDtype), dtype(valueDtype), note);
      } else if (operation === 'overflow') {
        note('huge tokens, an answer or a refusal, and back');
        const part = drawPart(random, false, given, 2, 'float32', 'float32', note, pick(random, [1e18, 1e25, 3e37]));
        const { key: was, value: wasValue } = one.parts[0];
        if (given.numerics === 'reproducible' && (was.dtype !== 'float32' || wasValue.dtype !== 'float32')) continue;
        one.cache.append(part.key, part.value);
        await compare(random, backend, given, { cache: one.cache, parts: [...one.parts, part] }, walked);
        one.cache.truncate(length);
      }
      if (one.parts.length > 0) await compare(random, backend, given, one, walked, note);
    }
    // No operation on one of them has affected another.
    for (const one of held) if (one.parts.length > 0) await compare(random, backend, given, one, walked);
  } finally {
    for (const { cache } of held) cache.dispose();
  }
}

type Operation = 'append' | 'truncate' | 'fork' | 'fail' | 'overflow';

/** A text is continued, or rewritten repeatedly. */
const OPERATIONS: readonly (readonly Operation[])[] = [
  ['append', 'append', 'append', 'append', 'append', 'append', 'append', 'truncate', 'fork', 'fail', 'fail'],
  ['append', 'append', 'append', 'truncate', 'truncate', 'fork', 'fail', 'fail', 'overflow'],
];

async function compare(
  random: Random,
  backend: CpuBackend,
  given: Given,
  { cache, parts }: Held,
  walked: Walked,
  note: (what: string) => void = () => {},
): Promise<void> {
  const keys = lengthOf(parts);
  if (cache.length !== keys) throw new Error(`the cache has a length of ${cache.length} instead of ${keys}`);
  const rows = drawRows(random, keys);
  const query = drawQuery(random, given, rows);
  note(`attend ${rows}`);
  const { capacity: _capacity, ...stated } = given;
  const problem: AttentionProblem = { ...stated, queries: rows, keys };
  const prepared = backend.prepareSync(problem);
  const wanted = answerOf(() =>
    prepared.runSync(query, joined(parts, 'key', given), joined(parts, 'value', given), { logSumExp: true }),
  );
  prepared.dispose();
  const got = random() < 0.1 ? await inTurns(cache, query) : answerOf(() => cache.attendSync(query, { logSumExp: true }));
  requireSame('compared with the full pass, the cache', got, wanted);
  walked.compared++;
  if (typeof wanted === 'string') walked.refused++;
}

/** The same without blocking the thread; meanwhile changes are refused. */
async function inTurns(cache: AttentionCache, query: TensorLike): Promise<Answer> {
  const pending = cache.attend(query, { logSumExp: true });
  let changed = false;
  try {
    cache.truncate(cache.length);
    changed = true;
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
  }
  const [settled] = await Promise.allSettled([pending]);
  if (changed && settled.status === 'fulfilled') throw new Error('a change was let through under an attend');
  return answerOf(() => {
    if (settled.status === 'fulfilled') return settled.value;
    throw settled.reason;
  });
}
