// Shared by all contenders of this repository.
import type { RanOn } from '@relbias/bias-spec';
import manifest from '@relbias/kernels-cpu/package.json' with { type: 'json' };

export const OURS = { version: `${manifest.name} ${manifest.version}`, origin: 'ours' } as const;

/** The build of the kernel, and the number of threads if it is not one. */
export function ranOnOf({ variant, threads }: RanOn): string {
  const several = threads !== undefined && threads > 1 ? `${threads} threads` : undefined;
  return [variant, several].filter((one) => one !== undefined).join(', ');
}
