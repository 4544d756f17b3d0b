// What the suite takes for a backend: the backend itself, or a function that makes one.
import type { Backend } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import { describeThrown } from './foreign.ts';
import type { Patience } from './waiting.ts';
import { within } from './waiting.ts';

/** A backend, or a function that makes one. */
export type BackendSource = Backend | (() => Backend | Promise<Backend>);

const WANTED = 'a backend ({ ranOn, prepare, dispose }) or a function that makes one';

const LATE = Symbol('no backend in time');

/**
 * The backend itself, or the one that the function makes. A backend that is made after the wait has ended is disposed.
 *
 * @throws ParameterError for anything else; an error that the function throws, unchanged; the signal's reason.
 */
export async function openBackend(source: BackendSource, patience: Patience): Promise<Backend> {
  if (typeof source !== 'function') return requireBackend(source);
  patience.signal?.throwIfAborted();
  const making = makeBackend(source);
  let made: Backend | typeof LATE;
  try {
    made = await within(making, patience, LATE);
  } catch (error) {
    disposeWhenMade(making);
    throw error;
  }
  if (made !== LATE) return requireBackend(made, 'a function that made ');
  disposeWhenMade(making);
  return refuse(`a function that made nothing within ${patience.seconds} s`);
}

/** Nothing waits for this backend any more, so an error cannot be reported. */
function disposeWhenMade(making: Promise<Backend>): void {
  making.then((late) => requireBackend(late).dispose()).catch(() => {});
}

/** @throws ParameterError unless it is a backend, as far as that shows without using it. */
export function requireBackend(given: unknown, by: string = ''): Backend {
  const lacks = missingMethod(given);
  if (lacks === null) return given as Backend;
  if (lacks === 'then') return refuse(by + show(given), 'Await it, or pass the function that returns it.');
  if (lacks === 'all') return refuse(by + show(given));
  const hint =
    'numerics' in (given as object) ? 'backendOf of @relbias/bias-spec/backend makes a backend of kernels.' : undefined;
  return refuse(`${by}an object without ${lacks}()`, hint);
}

async function makeBackend(make: () => Backend | Promise<Backend>): Promise<Backend> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof Error) throw error;
    return refuse(`a function that threw ${describeThrown(error)}`);
  }
}

/** `all` for what is no object, `then` for a promise, null for a backend. Methods that cannot be read are for the cases to report. */
function missingMethod(given: unknown): 'all' | 'then' | 'prepare' | 'dispose' | null {
  if (given === null || typeof given !== 'object') return 'all';
  try {
    const { prepare, dispose, then } = given as Partial<Record<'prepare' | 'dispose' | 'then', unknown>>;
    if (typeof prepare !== 'function') return typeof then === 'function' ? 'then' : 'prepare';
    return typeof dispose === 'function' ? null : 'dispose';
  } catch {
    return null;
  }
}

function refuse(got: string, hint?: string): never {
  throw new ParameterError({ what: 'backend', got, wanted: WANTED, ...(hint === undefined ? {} : { hint }) });
}
