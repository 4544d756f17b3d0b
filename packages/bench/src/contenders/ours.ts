// What all contenders of this repository have in common.
import type { RanOn } from '@relbias/bias-spec';
import manifest from '@relbias/kernels-cpu/package.json' with { type: 'json' };

export const OURS = { version: `${manifest.name} ${manifest.version}`, origin: 'ours' } as const;

/** The build of the kernel and the number of threads, where a backend tells them. */
export function ranOnOf({ variant, threads }: RanOn): string {
  return [variant, threads === undefined ? undefined : `${threads} threads`].filter((one) => one !== undefined).join(', ');
}
