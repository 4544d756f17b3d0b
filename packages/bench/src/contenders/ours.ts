// What all contenders of this repository have in common.
import type { RanOn } from '@relbias/bias-spec';
import manifest from '@relbias/kernels-cpu/package.json' with { type: 'json' };

export const OURS = { version: `${manifest.name} ${manifest.version}`, origin: 'ours' } as const;

/** The build of the kernel and the number of threads where it is not one, as far as a backend tells. */
export function ranOnOf({ variant, threads }: RanOn): string {
  const several = threads !== undefined && threads > 1 ? `${threads} threads` : undefined;
  return [variant, several].filter((one) => one !== undefined).join(', ');
}
