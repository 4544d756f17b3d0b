// The families that relbias ships, in the order in which the docs and the matrix show them. A list, not a registry: pass your own anywhere.
import type { FamilyDefinition } from '../bias.ts';
import { alibiFamily } from './alibi.ts';
import { noneFamily } from './none.ts';

export const builtinFamilies: readonly FamilyDefinition[] = [noneFamily, alibiFamily];
