// Draws problems and judges every backend that runs here by the published bound (docs/accuracy.md), which holds for every input.
import type { Backend } from '@relbias/bias-spec';
import { ParameterError, planAttention } from '@relbias/bias-spec';
import { checkInputs } from '@relbias/bias-spec/backend';
import type { RowLimits } from '@relbias/conformance';
import { compare, expectationOf, largestShares, naiveBackend, seeded } from '@relbias/conformance';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { createGpuBackend } from '@relbias/kernels-gpu';
import type { Drawn } from '../draw-problem.ts';
import { drawProblem } from '../draw-problem.ts';

export const name = 'problems';

/** Slow backends share some of the problems: each of these runs on one of them. */
const SHARE = 8;

/** The distance between the smallest numbers of float32. */
const SMALLEST = 2 ** -149;

/** A device may flush smaller numbers to 0. */
const LEAST_NORMAL = 2 ** -126;

/** By the names in failure messages; each is created on first use, and kept for the process. */
const FAST: Readonly<Record<string, () => Promise<Backend>>> = {
  naive32: async () => naiveBackend(),
  'cpu naive': () => createCpuBackend({ kernel: 'naive' }),
  'cpu online': () => createCpuBackend({ kernel: 'online' }),
  'cpu wasm simd': () => createCpuBackend({ kernel: 'wasm', variant: 'simd' }),
  'cpu wasm madd': () => createCpuBackend({ kernel: 'wasm', variant: 'madd' }),
};
const SLOW: Readonly<Record<string, () => Promise<Backend>>> = {
  // It copies every array in every pass.
  'gpu.js webasm': () => createGpuBackend({ mode: 'webasm' }),
  // The worst float32 arithmetic that the bound allows: each operation is off by a whole unit, always in the same direction.
  'away from 0': roundingTo((steps) => (steps < 0 ? Math.floor(steps) : Math.ceil(steps))),
  'towards 0': roundingTo(Math.trunc),
  up: roundingTo(Math.ceil),
  down: roundingTo(Math.floor),
  'flushing to 0': async () => naiveBackend({ steps: { round: (one) => (Math.abs(one) < LEAST_NORMAL ? 0 : Math.fround(one)) } }),
};

/**
 * Rounding to one side of a grid twice as fine as float32: that errs by less than the unit of rounding to the nearest, 2^-24, and is exact
 * where float32 is.
 */
function roundingTo(whole: (steps: number) => number): () => Promise<Backend> {
  const round = (value: number): number => {
    if (value === 0 || !Number.isFinite(value)) return value;
    const step = Math.max(2 ** (Math.floor(Math.log2(Math.abs(value))) - 24), SMALLEST);
    return whole(value / step) * step;
  };
  return async () => naiveBackend({ steps: { round } });
}

const open = new Map<string, Promise<Backend>>();

/** The group of backends that a name belongs to. */
export async function backendsOf(names: readonly string[]): Promise<ReadonlyMap<string, Backend>> {
  const backends = new Map<string, Backend>();
  for (const which of names) {
    const opened = open.get(which) ?? { ...FAST, ...SLOW }[which]();
    open.set(which, opened);
    backends.set(which, await opened);
  }
  return backends;
}

/**
 * The largest bound of a log-sum-exp in rows whose shares are reported. Beyond it the logits are so large that the output may be nearly any
 * mean of the values, and the share of the bound that it uses is a matter of luck.
 */
const PINNED = 0.01;

/** Draws the problem of a seed and judges it; throws if a backend exceeds the bound, or refuses what others compute. */
export async function draw(seed: number): Promise<void> {
  await judge(seed);
}

/** The same; returns the share of the bound that each backend used, or null if all of them refused the inputs. */
export async function judge(seed: number): Promise<Readonly<Record<string, RowLimits>> | null> {
  const names = [...Object.keys(FAST), ...Object.keys(SLOW).filter((_, index) => seed % SHARE === index)];
  return judgeDrawn(drawProblem(seeded(`${seed} of the problems`)), await backendsOf(names));
}

/** Judges one problem on some backends. */
export async function judgeDrawn(
  drawn: Drawn,
  backends: ReadonlyMap<string, Backend>,
): Promise<Readonly<Record<string, RowLimits>> | null> {
  const { problem, query, key, value, wide, told } = drawn;
  const plan = planAttention(problem);
  const refused = refuses(() => checkInputs(plan, query, key, value));
  const expectation = refused ? null : expectationOf(plan, wide);
  const shares: Record<string, RowLimits> = {};
  for (const [which, backend] of backends) {
    const prepared = await backend.prepare(problem);
    try {
      const run = prepared.run(query, key, value, { logSumExp: true });
      if (expectation === null) {
        const error = await run.then(
          () => 'a result',
          (thrown: unknown) => thrown,
        );
        if (error instanceof ParameterError) continue;
        throw new Error(`${which}: got ${String(error)}, wanted a ParameterError: checkInputs refuses. The problem: ${told}`);
      }
      const { output, logSumExp } = await run;
      const got = { output: output.data, logSumExp: logSumExp?.data ?? new Float32Array() };
      const verdict = compare(expectation, got);
      if (verdict.status !== 'pass') throw new Error(`${which}: ${verdict.reason} The problem: ${told}`);
      const pinned = expectation.budgets.map((budget) => (budget !== null && budget.logSumExp <= PINNED ? budget : null));
      shares[which] = largestShares({ ...expectation, budgets: pinned }, got);
    } finally {
      prepared.dispose();
    }
  }
  return refused ? null : shares;
}

function refuses(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (error instanceof ParameterError) return true;
    throw error;
  }
}
