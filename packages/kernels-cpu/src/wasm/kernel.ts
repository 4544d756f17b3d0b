// The WebAssembly kernel as the backend sees it: which memory a call works in, and whether workers take part.
import type { AttentionPlan } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { requireReproducible } from '@relbias/bias-spec/reproducible';
import type { CpuKernel, KernelCall, PreparedKernel, ResidentProblem, StartCall } from '../kernel.ts';
import { biasTables } from './bias-tables.ts';
import { openCache } from './cache-memory.ts';
import type { Recipe, Tensors } from './filling.ts';
import { filling } from './filling.ts';
import type { Layout } from './layout.ts';
import { SOLO, layOut } from './layout.ts';
import type { VariantName } from './module.ts';
import { pipeline } from './pipeline.ts';
import { skippingOf } from './skipping.ts';
import type { BreakEven } from './threads/break-even.ts';
import { workOf } from './threads/break-even.ts';
import { ONE_THREAD } from './threads/available.ts';
import type { ThreadCount } from './threads/available.ts';
import type { StripQueue } from './threads/queue.ts';
import { soloQueue } from './threads/queue.ts';
import type { Team } from './threads/team.ts';
import type { Workspace, WorkspacePool } from './workspace.ts';
import { grow } from './workspace.ts';

/** Workers, the memories in which they can work, and from how much work on they are called. */
export interface Sharing {
  readonly team: Team;
  readonly pool: WorkspacePool;
  readonly breakEven: BreakEven;
}

/**
 * The kernel over pools of memories, which it closes when disposed, as it dismisses the team. `alone` says why there is none. What one
 * thread computes stays in memory that is not shared: JavaScript copies into and out of that about three times as fast.
 */
export function wasmKernel(
  pool: WorkspacePool,
  variant: VariantName,
  sharing: Sharing | null = null,
  alone: ThreadCount = ONE_THREAD,
): CpuKernel {
  return {
    name: 'wasm',
    variant,
    device: 'WebAssembly SIMD',
    get threads() {
      return sharing?.team.threads ?? alone;
    },
    numerics: ['fast', 'reproducible'],
    prepare: (plan) => prepareWasm(plan, pool, sharing),
    openCache: (plan, capacity) => openCache(plan, pool, capacity),
    async dispose() {
      pool.close();
      sharing?.pool.close();
      await sharing?.team.dismiss();
    },
  };
}

function prepareWasm(plan: AttentionPlan, pool: WorkspacePool, sharing: Sharing | null): PreparedKernel {
  if (plan.numerics === 'reproducible') requireReproducible(plan);
  const bias = biasTables(plan);
  const recipe: Recipe = { plan, bias, skipping: skippingOf(plan, bias) };
  const lay = (shared: boolean, resident: boolean): Layout => {
    const team = shared && sharing ? { threads: sharing.team.threads.count, places: sharing.team.places } : {};
    return layOut(plan, bias, recipe.skipping, pool.sizes(), { ...SOLO, ...team, resident });
  };
  const alone = lay(false, false);
  const together = sharing && lay(true, false);
  const work = workOf(plan);
  const pays = ({ team, breakEven }: Sharing): boolean => work >= (team.isHot() ? breakEven.hot : breakEven.parked);

  return {
    start(inputs, outputs, patient, check) {
      sharing?.team.requireWhole();
      const tensors: Tensors = { inputs, outputs, check };
      if (sharing === null || together === null || !pays(sharing) || (!patient && !sharing.team.isFree())) {
        const workspace = pool.take(alone.bytes);
        return callOf(recipe, alone, workspace, soloQueue(), tensors, () => void pool.give(workspace));
      }
      const { team, pool: shared } = sharing;
      if (!team.isFree()) return null;
      const workspace = shared.take(together.bytes);
      const queue = team.enlist(workspace.memory, ringOf(together));
      return callOf(recipe, together, workspace, queue, tensors, (quiet) => {
        // A memory in which a worker is still busy is left to it.
        if (!quiet || !shared.give(workspace)) team.forget(workspace.memory);
      });
    },
    allocate: () => residentProblem(recipe, lay(true, true), (sharing?.pool ?? pool).open(), sharing, pays),
  };
}

/** A prepared problem in a memory of its own, which holds its tensors and never grows: growing would part their arrays from it. */
function residentProblem(
  recipe: Recipe,
  layout: Layout,
  workspace: Workspace,
  sharing: Sharing | null,
  pays: (sharing: Sharing) => boolean,
): ResidentProblem {
  const { memory } = workspace;
  grow(memory, layout.bytes);
  const { resident } = layout;
  if (resident === null) throw new TypeError('the layout has no place for tensors');
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim } = recipe.plan;
  const floats = (address: number, count: number): Float32Array => new Float32Array(memory.buffer, address, count);
  const rows = batch * heads * queries;
  const keyRows = batch * keyValueHeads * keys;
  let busy = false;

  const start: StartCall = (inputs, outputs, patient, check) => {
    if (busy) {
      throw new UnsupportedError({
        what: 'prepared.allocate',
        got: 'a run on allocated tensors that another run is still using',
        wanted: 'one at a time',
        hint: 'Await the other one, or prepare and allocate once more.',
      });
    }
    sharing?.team.requireWhole();
    let queue = soloQueue();
    if (sharing !== null) {
      const { team } = sharing;
      const share = pays(sharing);
      if (share && patient && !team.isFree()) return null;
      // A call that ended early may have left a worker in the middle of a strip.
      if (!team.isFree()) team.settle();
      if (share && team.isFree()) queue = team.enlist(memory, ringOf(layout));
    }
    busy = true;
    return callOf(recipe, layout, workspace, queue, { inputs, outputs, check }, () => {
      busy = false;
    });
  };
  return {
    arrays: {
      query: floats(resident.query, rows * headDim),
      key: floats(resident.key, keyRows * headDim),
      value: floats(resident.value, keyRows * valueDim),
      output: floats(resident.output, rows * valueDim),
      logSumExp: floats(resident.logSumExp, rows),
    },
    start,
    dispose: () => sharing?.team.forget(memory),
  };
}

function callOf(
  recipe: Recipe,
  layout: Layout,
  workspace: Workspace,
  queue: StripQueue,
  tensors: Tensors,
  onEnd: (quiet: boolean) => void,
): KernelCall {
  const { work } = pipeline(recipe.plan, layout, filling(recipe, layout, workspace, tensors), queue, (strip) =>
    workspace.kernel.attend(strip),
  );
  return {
    threads: queue.threads,
    work,
    end() {
      onEnd(queue.close());
    },
  };
}

function ringOf({ strips, stripStride, scratch, scratchStride }: Layout): Parameters<Team['enlist']>[1] {
  return { ring: strips[0].strip, stride: stripStride, scratch, scratchStride };
}
