// A bias as a model starts its training with it: the published settings, the parameters drawn from a seed.
import type { Bias } from '@relbias/bias-spec';
import { builtinFamilies } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import { UsageError } from './usage-error.ts';

/** The command line's name for the one case of a bucketed table that can be named there. */
const ALIASES: Readonly<Record<string, string>> = { deberta: 'bucketed' };

export function initialised(name: string, heads: number, seed: string): Bias {
  const family = builtinFamilies.find((one) => one.name === (ALIASES[name] ?? name));
  if (family === undefined) throw new UsageError('--initialise', `it with --bias ${name}`, 'a family that has an initialisation');
  return family.initialise(heads, seeded(seed));
}
