// The WebAssembly kernel as the backend sees it. Chooses the memory of each call and whether workers take part.
import type { AttentionPlan } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import type { AttentionCall } from '@relbias/bias-spec/backend';
import type { CpuKernel, KernelCall, PreparedBlocks, ResidentProblem, StartCall, ThreadCount } from '../backend/kernel.ts';
import { ONE_THREAD } from '../backend/kernel.ts';
import type { BiasTables } from './bias-tables.ts';
import { biasTables } from './bias-tables.ts';
import { openCache } from './cache.ts';
import type { Layout } from './layout.ts';
import { SINGLE_THREAD, layOut, ringOf } from './layout.ts';
import type { Pass } from './pipeline.ts';
import { beginCall, singleThreadQueue } from './pipeline.ts';
import { profileOf } from './reproducible.ts';
import type { PreparedPlan } from './tensors.ts';
import { tensorSource } from './tensors.ts';
import type { RowBlockQueue } from './threads/queue.ts';
import type { Sharing } from './threads/sharing.ts';
import { shares, workOf } from './threads/sharing.ts';
import type { VariantName } from './variant-names.ts';
import { magnitudeCheck, viewsOf } from './views.ts';
import type { Workspace, WorkspacePool } from './workspace.ts';
import { grow } from './workspace.ts';

/**
 * The kernel over pools of memories; `dispose` closes them and ends the workers. `alone` is the thread count without workers, and why. Calls
 * on one thread use memory that is not shared, because JavaScript copies into and out of it about three times as fast.
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
    openCache: (plan, capacity) => openCache(plan, pool, sharing, capacity),
    async dispose() {
      pool.close();
      sharing?.pool.close();
      await sharing?.team.terminate();
    },
  };
}

/** A prepared problem in one kind of memory, with everything that does not depend on the call. */
interface Prepared extends PreparedPlan {
  readonly layout: Layout;
  readonly pass: Pass;
}

function prepareWasm(plan: AttentionPlan, pool: WorkspacePool, sharing: Sharing | null): PreparedBlocks {
  const profile = plan.numerics === 'fast' ? null : profileOf(plan);
  const bias = biasTables(plan, profile);
  const lay = (shared: boolean, resident: boolean): Prepared => {
    const team = shared && sharing ? { threads: sharing.team.threads.count, places: sharing.team.places } : {};
    const layout = layOut(plan, bias, pool.sizes(), { ...SINGLE_THREAD, ...team, resident });
    return { plan, bias, profile, layout, pass: passOf(plan, bias, layout) };
  };
  const alone = lay(false, false);
  const together = sharing && lay(true, false);
  const work = sharing === null ? 0 : workOf(plan, alone.pass);

  return {
    start(call, patient) {
      const share = sharing === null ? false : shares(sharing, work, patient);
      if (share === null) return null;
      if (sharing === null || together === null || !share) {
        const workspace = pool.take(alone.layout.bytes);
        return callOf(alone, workspace, singleThreadQueue(), call, () => void pool.give(workspace));
      }
      const { team, pool: shared } = sharing;
      const workspace = shared.take(together.layout.bytes);
      const queue = team.openQueue(workspace.memory, together.layout);
      return callOf(together, workspace, queue, call, (quiet) => {
        // A memory in which a worker still computes is not reused.
        if (!quiet || !shared.give(workspace)) team.forget(workspace.memory);
      });
    },
    allocate: () => residentProblem(lay(true, true), work, (sharing?.pool ?? pool).open(), sharing),
  };
}

/** A prepared problem in a memory of its own, which holds its tensors. It never grows, because growing would detach their arrays. */
function residentProblem(prepared: Prepared, work: number, workspace: Workspace, sharing: Sharing | null): ResidentProblem {
  const { memory } = workspace;
  const { layout } = prepared;
  grow(memory, layout.bytes);
  const { resident } = layout;
  if (resident === null) throw new TypeError('the layout has no place for tensors');
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim } = prepared.plan;
  const floats = (address: number, count: number): Float32Array => new Float32Array(memory.buffer, address, count);
  const rows = batch * heads * queries;
  const keyRows = batch * keyValueHeads * keys;
  let busy = false;
  /** Whether no worker computes in this memory: false once a call on these tensors ended before its row blocks did. */
  let isQuiet = true;

  const start: StartCall = (call, patient) => {
    if (busy) {
      throw new UnsupportedError({
        what: 'prepared.run',
        got: 'allocated tensors that another run is still using',
        wanted: 'one run at a time on them',
        hint: 'Await the other run first, or prepare the problem again and allocate a second set of tensors.',
      });
    }
    let queue = singleThreadQueue();
    if (sharing !== null) {
      const { team } = sharing;
      let share = shares(sharing, work, patient);
      if (share === null) return null;
      if (!isQuiet) {
        team.waitForRowBlocks();
        isQuiet = true;
        share = shares(sharing, work, false);
      }
      if (share) queue = team.openQueue(memory, layout);
    }
    busy = true;
    return callOf(prepared, workspace, queue, call, (quiet) => {
      busy = false;
      isQuiet = quiet;
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

function passOf(plan: AttentionPlan, bias: BiasTables, layout: Layout): Pass {
  const { queries, keys, mask, positions } = plan;
  const { keyLengths, querySegments } = mask;
  const { queryStart } = positions;
  const { top: tableTop, count: tableCount, piecewise, skipping } = bias;
  return {
    plan,
    queries,
    keys,
    keyLengths,
    queryStart,
    queryPositions: queryStart === null ? positions.query : null,
    querySegments,
    rowScales: piecewise && ((b): Float32Array => piecewise.rowScales.subarray(b * queries, (b + 1) * queries)),
    ring: ringOf(layout, plan, bias, layout),
    fields: { tableTop, tableCount, negligibleGap: skipping?.gap ?? 0 },
  };
}

function callOf(
  { layout, pass, ...prepared }: Prepared,
  workspace: Workspace,
  queue: RowBlockQueue,
  { raw, check, outputs }: AttentionCall,
  onEnd: (quiet: boolean) => void,
): KernelCall {
  const { query, key, value } = raw;
  const { plan, profile } = prepared;
  const views = viewsOf(workspace);
  const source = tensorSource(prepared, layout, workspace, views, raw, check);
  const dtypes = { query: query.dtype, key: key.dtype, value: value.dtype };
  const fields = profile === null ? pass.fields : { ...pass.fields, ...profile.fields(dtypes) };
  const tensors = { query, outputs, resident: layout.resident, inspectQueries: magnitudeCheck(workspace, plan, check) };
  return beginCall({ ...pass, fields }, layout, workspace, views, source, queue, tensors, onEnd);
}
