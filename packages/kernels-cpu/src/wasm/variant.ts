// Which variant of the kernel to run: what the engine knows, the fastest of it by measurement, and only if it computes what `simd` does.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { macrotask, show } from '@relbias/bias-spec/backend';
import type { VariantName } from './module.ts';
import { compileAttend, compileAttendSync, runsHere } from './module.ts';
import type { StopRule, Times } from './probe.ts';
import { agrees, race } from './probe.ts';
import type { Trial } from './trial.ts';
import { trialIn } from './trial.ts';
import { openPool } from './workspace.ts';

/** `auto`: the fastest that this engine runs; see docs/performance.md for what they are. */
export type CpuVariant = 'auto' | VariantName;

/** The names that the option `variant` accepts. */
const CPU_VARIANTS: readonly CpuVariant[] = ['auto', 'simd', 'madd', 'wide'];

/** What callers may say of it. */
export interface VariantOptions {
  readonly variant?: CpuVariant;
  readonly revectorize?: boolean;
}

/** Where a variant does not suit a processor it takes twice as long. Less than that by far is noise: clocks are coarse, machines busy. */
const UNSUITED = 0.75;
/** What the revectorizer must gain at least. */
const CLEARLY = 0.95;

/** The choice takes some 30 ms where nobody disturbs it. */
const DEFAULT_STOP_RULE: StopRule = { limitMs: 200, enough: (times) => allCompiled(times) && lastSuits(times) };
/** With the revectorizer its effect must show, and a busy machine may take long to compile. */
const WIDE_STOP_RULE: StopRule = { limitMs: 1000, enough: ({ fastest }) => wideIsFaster(fastest) };

/** Choices of this process. */
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

/** The same at once. */
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

/** One name where there is nothing left to measure. */
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
  // Where `simd` cannot run either, compiling it says so.
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
    wanted: revectorize ? '"wide", which is the variant for it, or "auto"' : 'revectorize: true, which is what "wide" is for',
  });
}

function trialOf(module: WebAssembly.Module): Trial {
  return trialIn(openPool(module).take(0));
}

/** Code that is not yet compiled for good, as in the first run, takes ten times as long and more. Coarse clocks may show 0. */
function allCompiled({ fastest, first }: Times): boolean {
  return fastest.every((time, index) => 3 * time <= first[index]) && Math.max(...fastest) <= 3 * Math.min(...fastest);
}

/** What most processors show. Where it seems otherwise, parts of the code may still be slow: worth the wait. */
function lastSuits({ fastest }: Times): boolean {
  return fastest[fastest.length - 1] * UNSUITED <= Math.min(...fastest);
}

/**
 * The last candidate, unless it does not suit this processor or computes something else. Where a busy machine did not get around to
 * compiling all of them, times tell nothing: most processors suit it.
 */
function choose(trials: ReadonlyMap<VariantName, Trial>, measured: Times): VariantName {
  const { fastest: times } = measured;
  const told = trials.has('wide') || allCompiled(measured);
  const names = [...trials.keys()];
  const wanted = trials.get('simd')?.output();
  let best = 0;
  names.forEach((name, index) => {
    const right = wanted !== undefined && agrees(wanted, trials.get(name)?.output() ?? wanted);
    if (right && (!told || times[best] >= times[index] * UNSUITED)) best = index;
  });
  if (!trials.has('wide')) {
    automatic = names[best];
    return automatic;
  }
  if (names[best] !== 'wide' || !wideIsFaster(times)) throw withoutEffect(names, times);
  wideProven = true;
  return 'wide';
}

/** Times with that of `wide` last. */
function wideIsFaster(times: readonly number[]): boolean {
  return times[times.length - 1] < Math.min(...times.slice(0, -1)) * CLEARLY;
}

function withoutEffect(names: readonly VariantName[], times: readonly number[]): UnsupportedError {
  const measured = names.map((name, index) => `${name} ${(times[index] * 1000).toFixed(0)} us`).join(', ');
  return new UnsupportedError({
    what: 'createCpuBackend.revectorize',
    got: `a revectorizer without effect, or with a wrong one (a trial took ${measured})`,
    wanted: 'a wide kernel that is right and faster',
    hint: 'Without revectorize, the best kernel for this engine is chosen. It needs a processor with AVX2.',
  });
}
/**
 * V8's revectorizer makes one 256-bit operation of two neighbouring ones of 128 bits when it compiles WebAssembly. It is experimental, off by
 * default, a matter of the whole process, and in Node 24 and later.
 */
const FLAG = '--experimental-wasm-revectorize';
const FIRST_NODE = 24;

/** What is used of Node. getBuiltinModule instead of an import, which bundlers for browsers would stumble over. */
interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: 'node:v8'): { setFlagsFromString(flag: string): void } | undefined;
}

/** Turns it on for everything that this process compiles from now on. @throws UnsupportedError where there is none. */
export function turnOnRevectorizer(): void {
  const { process } = globalThis as { process?: NodeProcess };
  const version = process?.versions?.node;
  const v8 = process?.getBuiltinModule?.('node:v8');
  if (version === undefined || v8 === undefined || Number.parseInt(version, 10) < FIRST_NODE) {
    throw new UnsupportedError({
      what: 'createCpuBackend.revectorize',
      got: version === undefined ? 'an engine whose flags a program cannot set' : `Node ${version}`,
      wanted: `Node ${FIRST_NODE} or later`,
      hint: 'Without it, the best kernel for this engine is chosen.',
    });
  }
  v8.setFlagsFromString(FLAG);
}
