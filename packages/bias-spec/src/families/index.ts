// The families that relbias ships, in the order of the docs. A list, not a registry: your own families can be passed wherever these can.
import type { FamilyDefinition } from '../family.ts';
import { alibiFamily } from './alibi-family.ts';
import { bucketedFamily } from './bucketed.ts';
import { debertaFamily } from './deberta.ts';
import { dynamicPositionFamily } from './dynamic-position-family.ts';
import { fireFamily } from './fire-family.ts';
import { kerpleLogFamily } from './kerple-log.ts';
import { kerplePowerFamily } from './kerple-power.ts';
import { noneFamily } from './none.ts';
import { perOffsetFamily } from './per-offset.ts';
import { sandwichFamily } from './sandwich.ts';
import { swinFamily } from './swin-family.ts';
import { t5Family } from './t5-family.ts';

/** Every family of this package. */
export const builtinFamilies: readonly FamilyDefinition[] = [
  noneFamily,
  alibiFamily,
  sandwichFamily,
  perOffsetFamily,
  t5Family,
  debertaFamily,
  bucketedFamily,
  kerpleLogFamily,
  kerplePowerFamily,
  fireFamily,
  swinFamily,
  dynamicPositionFamily,
];
