// The families that relbias ships, in the order in which the docs and the matrix show them. A list, not a registry: pass your own anywhere.
import type { FamilyDefinition } from '../bias.ts';
import { alibiFamily } from './alibi.ts';
import { bucketedFamily } from './bucketed.ts';
import { dynamicPositionFamily } from './dynamic-position.ts';
import { fireFamily } from './fire-family.ts';
import { kerpleLogFamily } from './kerple-log.ts';
import { kerplePowerFamily } from './kerple-power.ts';
import { noneFamily } from './none.ts';
import { perOffsetFamily } from './per-offset.ts';
import { sandwichFamily } from './sandwich.ts';
import { swinFamily } from './swin.ts';
import { t5Family } from './t5.ts';

/** Every family of this package. */
export const builtinFamilies: readonly FamilyDefinition[] = [
  noneFamily,
  alibiFamily,
  sandwichFamily,
  perOffsetFamily,
  t5Family,
  bucketedFamily,
  kerpleLogFamily,
  kerplePowerFamily,
  fireFamily,
  swinFamily,
  dynamicPositionFamily,
];
