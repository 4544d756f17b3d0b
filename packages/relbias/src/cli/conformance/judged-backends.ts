// The backends that `relbias conform` judges: by name, or from a user's module.
import type { Backend } from '@relbias/bias-spec';
import type { BackendName } from '../../backends.ts';
import { BACKEND_NAMES } from '../../backends.ts';
import { didYouMean } from '../../did-you-mean.ts';
import { openBackend } from '../backend-option.ts';
import { UsageError } from '../usage-error.ts';
import { attempt, defaultExport, isModulePath, kindOf } from '../user-module.ts';

/** Every CPU kernel: these run on any machine. */
export const CPU_KERNELS: readonly BackendName[] = BACKEND_NAMES.filter((name) => name.startsWith('cpu:'));

export const ACCEPTED_BACKENDS: string = `${BACKEND_NAMES.join(', ')}, or the path of a module (./backend.js)`;

const WANTED = 'a default export that is a backend ({ ranOn, prepare, dispose }) or a function that returns one';

/** Opens a backend by name, or from a module whose default export is a backend or a function that returns one. */
export async function openJudged(given: string): Promise<Backend> {
  if (BACKEND_NAMES.includes(given as BackendName)) return openBackend(given as BackendName);
  if (!isModulePath(given))
    throw new UsageError('--backend', JSON.stringify(given), ACCEPTED_BACKENDS, didYouMean(given, BACKEND_NAMES));
  const what = `--backend ${given}`;
  const loaded = await defaultExport(what, given);
  return attempt(what, 'a default export that fails', WANTED, async () => {
    const made: unknown = typeof loaded === 'function' ? await (loaded as () => unknown)() : loaded;
    if (isBackend(made)) return made;
    const returned = typeof loaded === 'function' ? `a function that returns ${kindOf(made)}` : kindOf(made);
    throw new UsageError(what, made === undefined ? 'no default export' : returned, WANTED);
  });
}

function isBackend(value: unknown): value is Backend {
  if (value === null || typeof value !== 'object') return false;
  const { ranOn, prepare, dispose } = value as Partial<Backend>;
  return typeof ranOn === 'object' && typeof prepare === 'function' && typeof dispose === 'function';
}
