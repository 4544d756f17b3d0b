// The backends that `relbias conform` judges: by name, or from a user's own module.
import type { Backend } from '@relbias/bias-spec';
import { describeThrown } from '@relbias/conformance';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BackendName } from '../../backends.ts';
import { BACKEND_NAMES } from '../../backends.ts';
import { openBackend } from '../backend-option.ts';
import { UsageError } from '../usage-error.ts';

/** Every CPU kernel: what any machine can judge. */
export const CPU_KERNELS: readonly BackendName[] = BACKEND_NAMES.filter((name) => name.startsWith('cpu:'));

export const ACCEPTED_BACKENDS: string = `${BACKEND_NAMES.join(', ')}, or the path of a module (./backend.js)`;

const WANTED = 'a default export that is a backend ({ ranOn, prepare, dispose }) or a function that makes one';

/** Opens a backend by name or from a module whose default export is a backend or makes one. */
export async function openJudged(given: string): Promise<Backend> {
  if (BACKEND_NAMES.includes(given as BackendName)) return openBackend(given as BackendName);
  if (!/[\\/]|\.[cm]?[jt]s$/.test(given)) throw new UsageError('--backend', JSON.stringify(given), ACCEPTED_BACKENDS);
  const loaded = await attempt(given, 'a module that fails to load', 'a module that loads', async () => {
    const module = (await import(pathToFileURL(path.resolve(given)).href)) as { default?: unknown };
    return module.default;
  });
  return attempt(given, 'a default export that fails', WANTED, async () => {
    const made: unknown = typeof loaded === 'function' ? await (loaded as () => unknown)() : loaded;
    if (isBackend(made)) return made;
    const returned = typeof loaded === 'function' ? `a function that returns ${kindOf(made)}` : kindOf(made);
    throw new UsageError(`--backend ${given}`, made === undefined ? 'no default export' : returned, WANTED);
  });
}

/** What a stranger's code throws is a refusal of the module, in its words. */
async function attempt<T>(given: string, failure: string, wanted: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--backend ${given}`, `${failure} (${describeThrown(error)})`, wanted);
  }
}

function isBackend(value: unknown): value is Backend {
  if (value === null || typeof value !== 'object') return false;
  const { ranOn, prepare, dispose } = value as Partial<Backend>;
  return typeof ranOn === 'object' && typeof prepare === 'function' && typeof dispose === 'function';
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
