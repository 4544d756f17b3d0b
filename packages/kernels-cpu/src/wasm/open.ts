// Opens the WebAssembly kernel: chooses the variant, compiles it for each kind of memory, and starts the workers.
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

/** The options of createCpuBackend that concern it. */
export interface WasmOptions extends VariantOptions {
  readonly threads?: ThreadsOption;
}

/** Replaced by tests: the amount of work from which a call is shared, and how a worker starts. */
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

/** The same, synchronously. The workers start while the caller already computes; a later call reports one that could not start. */
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
