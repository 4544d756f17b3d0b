// Brings up the WebAssembly kernel: which variant, for which kind of memory, with how many workers.
import { UnsupportedError } from '@relbias/bias-spec';
import type { CpuKernel } from '../backend/kernel.ts';
import { wasmKernel } from './kernel.ts';
import { compileAttend, compileAttendSync } from './module.ts';
import type { ThreadsOption } from './threads/available.ts';
import { countThreads, readThreads } from './threads/available.ts';
import type { BreakEven } from './threads/sharing.ts';
import { BREAK_EVEN } from './threads/sharing.ts';
import type { Spawn } from './threads/spawn.ts';
import { spawn } from './threads/spawn.ts';
import { openTeam } from './threads/team.ts';
import type { VariantOptions } from './variant.ts';
import { chooseVariant, chooseVariantSync } from './variant.ts';
import { openPool } from './workspace.ts';

/** What callers may say of it. */
export interface WasmOptions extends VariantOptions {
  readonly threads?: ThreadsOption;
}

/** What tests choose: from how much work on calls are shared, and how a worker starts. */
export interface TeamOptions {
  readonly breakEven: BreakEven;
  readonly spawn: Spawn;
}

const USUAL: TeamOptions = { breakEven: BREAK_EVEN, spawn };

/** @throws ParameterError, UnsupportedError as createCpuBackend. */
export async function openWasm(caller: string, options: WasmOptions, teamOptions: TeamOptions = USUAL): Promise<CpuKernel> {
  const wanted = readThreads(caller, options.threads);
  const threads = countThreads(caller, 'wasm', wanted);
  const variant = await chooseVariant(caller, options);
  const pool = openPool(await compileAttend({ variant, shared: false }));
  if (threads.count === 1) return wasmKernel(pool, variant, null, threads);
  const module = await compileAttend({ variant, shared: true });
  try {
    const team = openTeam(module, threads.count, teamOptions.spawn);
    await team.ready();
    return wasmKernel(pool, variant, { team, pool: openPool(module, true), breakEven: teamOptions.breakEven });
  } catch (error) {
    if (wanted !== 'auto' || !(error instanceof UnsupportedError)) throw error;
    return wasmKernel(pool, variant, null, { count: 1, reason: error.message });
  }
}

/** The same at once: workers come up while the caller already works, and one that cannot is noticed by a later call. */
export function openWasmSync(caller: string, options: WasmOptions, teamOptions: TeamOptions = USUAL): CpuKernel {
  const wanted = readThreads(caller, options.threads);
  const threads = countThreads(caller, 'wasm', wanted);
  const variant = chooseVariantSync(caller, options);
  const pool = openPool(compileAttendSync({ variant, shared: false }));
  if (threads.count === 1) return wasmKernel(pool, variant, null, threads);
  const module = compileAttendSync({ variant, shared: true });
  return wasmKernel(pool, variant, {
    team: openTeam(module, threads.count, teamOptions.spawn),
    pool: openPool(module, true),
    breakEven: teamOptions.breakEven,
  });
}
