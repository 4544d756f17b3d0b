// Chooses the variant of the kernel: the fastest that this engine runs, by measurement, provided that it computes what `simd` does.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { macrotask, show } from '@relbias/bias-spec/backend';
import { compileAttend, compileAttendSync, runsHere } from './module.ts';
import type { StopRule, Times } from './probe.ts';
import { agrees, race } from './probe.ts';
import type { Trial } from './trial.ts';
import { trialIn } from './trial.ts';
import type { CpuVariant, VariantName } from './variant-names.ts';
import { CPU_VARIANTS } from './variant-names.ts';
import { openPool } from './workspace.ts';

/** The options of createCpuBackend that concern it. */
export interface VariantOptions {
  readonly variant?: CpuVariant;
  readonly revectorize?: boolean;
}

/** A variant that does not suit a processor takes about twice as long. Smaller differences may be noise: clocks are coarse, machines busy. */
const UNSUITED_RATIO = 0.75;
/** `wide` must take at most this fraction of the time of the others. */
const WIDE_RATIO = 0.95;

/** On an idle machine the choice takes about 30 ms. */
const DEFAULT_STOP_RULE: StopRule = { limitMs: 200, enough: (times) => allCompiled(times) && lastSuits(times) };
/** The effect of the revectorizer must show, and a busy machine may take long to compile. */
const WIDE_STOP_RULE: StopRule = { limitMs: 1000, enough: ({ fastest }) => wideIsFaster(fastest) };

/** The choices made so far in this process. */
let automatic: VariantName | null = null;
let wideProven = false;

/** The variant to run. @throws ParameterError, UnsupportedError as createCpuBackend. */
export async function chooseVariant(caller: string, options: VariantOptions): Promise<VariantName> {
  const { candidates, stopRule } = candidatesFor(caller, options);
  if (candidates.length === 1) return candidates[0];
  const trials = new Map<VariantName, Trial>();
  for (const name of candidates) trials.set(name, trialOf(await compileAttend({ variant: name, shared: false })));
  const rounds = race([...trials.values()], stopRule);
  for (;;) {
    const { done, value } = rounds.next();
    if (done) return choose(trials, value);
    await macrotask();
  }
}

/** The same, synchronously. */
export function chooseVariantSync(caller: string, options: VariantOptions): VariantName {
  const { candidates, stopRule } = candidatesFor(caller, options);
  if (candidates.length === 1) return candidates[0];
  const trials = new Map<VariantName, Trial>();
  for (const name of candidates) trials.set(name, trialOf(compileAttendSync({ variant: name, shared: false })));
  const rounds = race([...trials.values()], stopRule);
  for (;;) {
    const { done, value } = rounds.next();
    if (done) return choose(trials, value);
  }
}

/** The variants to measure; one name if there is nothing to measure. */
function candidatesFor(
  caller: string,
  { variant = 'auto', revectorize = false }: VariantOptions,
): { candidates: readonly VariantName[]; stopRule: StopRule } {
  requireChoice(caller, variant, revectorize);
  const stopRule = revectorize ? WIDE_STOP_RULE : DEFAULT_STOP_RULE;
  if (revectorize) {
    turnOnRevectorizer();
    return { candidates: wideProven ? ['wide'] : ['simd', 'madd', 'wide'], stopRule };
  }
  if (variant !== 'auto') return { candidates: [variant], stopRule };
  if (automatic !== null) return { candidates: [automatic], stopRule };
  // If `simd` cannot run either, compiling it throws.
  return { candidates: runsHere('madd') ? ['simd', 'madd'] : ['simd'], stopRule };
}

function requireChoice(caller: string, variant: CpuVariant, revectorize: boolean): void {
  if (!CPU_VARIANTS.includes(variant)) {
    throw new ParameterError({ what: `${caller}.variant`, got: show(variant), wanted: CPU_VARIANTS.map(show).join(' or ') });
  }
  if (typeof revectorize !== 'boolean') {
    throw new ParameterError({ what: `${caller}.revectorize`, got: show(revectorize), wanted: 'true or false' });
  }
  if (variant === 'auto' || revectorize === (variant === 'wide')) return;
  throw new ParameterError({
    what: `${caller}.variant`,
    got: `${show(variant)} with revectorize: ${revectorize}`,
    wanted: revectorize ? '"wide" or "auto" with revectorize: true' : 'revectorize: true with "wide"',
  });
}

function trialOf(module: WebAssembly.Module): Trial {
  return trialIn(openPool(module).take(0));
}

/** Code that the optimising compiler has not reached yet, as in the first run, takes at least ten times as long. Coarse clocks may show 0. */
function allCompiled({ fastest, first }: Times): boolean {
  return fastest.every((time, index) => 3 * time <= first[index]) && Math.max(...fastest) <= 3 * Math.min(...fastest);
}

/** True on most processors. Where it seems false, parts of the code may still be unoptimised, so measuring goes on. */
function lastSuits({ fastest }: Times): boolean {
  return fastest[fastest.length - 1] * UNSUITED_RATIO <= Math.min(...fastest);
}

/**
 * The last candidate, unless it does not suit this processor or computes something else. If a busy machine has not compiled all of them
 * yet, the times are inconclusive and the last one is taken, which suits most processors.
 */
function choose(trials: ReadonlyMap<VariantName, Trial>, measured: Times): VariantName {
  const { fastest: times } = measured;
  const isConclusive = trials.has('wide') || allCompiled(measured);
  const names = [...trials.keys()];
  const wanted = trials.get('simd')?.output();
  let best = 0;
  names.forEach((name, index) => {
    const right = wanted !== undefined && agrees(wanted, trials.get(name)?.output() ?? wanted);
    if (right && (!isConclusive || times[best] >= times[index] * UNSUITED_RATIO)) best = index;
  });
  if (!trials.has('wide')) {
    automatic = names[best];
    return automatic;
  }
  if (names[best] !== 'wide' || !wideIsFaster(times)) throw withoutEffect(names, times);
  wideProven = true;
  return 'wide';
}

/** `times` has that of `wide` last. */
function wideIsFaster(times: readonly number[]): boolean {
  return times[times.length - 1] < Math.min(...times.slice(0, -1)) * WIDE_RATIO;
}

function withoutEffect(names: readonly VariantName[], times: readonly number[]): UnsupportedError {
  const measured = names.map((name, index) => `${name} ${(times[index] * 1000).toFixed(0)} us`).join(', ');
  return new UnsupportedError({
    what: 'createCpuBackend.revectorize',
    got: `a revectorizer that makes no kernel faster, or a wrong one (a trial took ${measured})`,
    wanted: 'a processor with AVX2, on which the variant wide is right and faster',
    hint: 'Leave out revectorize: the fastest other variant is chosen.',
  });
}

/**
 * V8's revectorizer merges two neighbouring 128-bit operations into one of 256 bits when it compiles WebAssembly. It is experimental, off by
 * default, a flag of the whole process, and available in Node 24 and later.
 */
const FLAG = '--experimental-wasm-revectorize';
const FIRST_NODE = 24;

/** The parts of Node in use. getBuiltinModule instead of an import, because bundlers for browsers cannot resolve one. */
interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: 'node:v8'): { setFlagsFromString(flag: string): void } | undefined;
}

/** Turns it on for all WebAssembly that this process compiles from now on. @throws UnsupportedError outside Node 24 and later. */
export function turnOnRevectorizer(): void {
  const { process } = globalThis as { process?: NodeProcess };
  const version = process?.versions?.node;
  const v8 = process?.getBuiltinModule?.('node:v8');
  if (version === undefined || v8 === undefined || Number.parseInt(version, 10) < FIRST_NODE) {
    throw new UnsupportedError({
      what: 'createCpuBackend.revectorize',
      got: version === undefined ? 'a runtime whose V8 flags a program cannot set' : `Node ${version}`,
      wanted: `Node ${FIRST_NODE} or later`,
      hint: 'Leave out revectorize: the fastest other variant is chosen.',
    });
  }
  v8.setFlagsFromString(FLAG);
}
