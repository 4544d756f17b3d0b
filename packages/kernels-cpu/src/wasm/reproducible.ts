// What the WebAssembly kernel is told of the reproducible profile besides the problem: how the numbers of one call are to be read.
import type { AttentionPlan, Dtype } from '@relbias/bias-spec';
import type { RawInputs } from '@relbias/bias-spec/backend';
import type { InputRole } from '@relbias/bias-spec/reproducible';
import { biasFactorOf, canonicalRange, logitScale, weightBitsOf } from '@relbias/bias-spec/reproducible';
import type { Dtypes } from '../kernel.ts';
import type { AttendExports } from './module.ts';
import type { StripField } from './strip.ts';

export function dtypesOf({ query, key, value }: RawInputs): Dtypes {
  return { query: query.dtype, key: key.dtype, value: value.dtype };
}

/** The fields of a parameter block that say so; none for the fast profile, where they are 0. */
export function profileFields(plan: AttentionPlan, { query, key, value }: Dtypes): Partial<Record<StripField, number>> {
  if (plan.numerics === 'fast') return {};
  const { least, limit } = canonicalRange(query, 'score');
  return {
    logitScale: logitScale(plan.scale),
    splitScores: Number(query === 'float32' || key === 'float32'),
    splitValues: Number(value === 'float32'),
    queryLeast: least,
    queryLimit: limit,
    weightBits: weightBitsOf(value),
    biasFactor: biasFactorOf(plan),
  };
}

/** Brings `count` numbers at a byte address, widened to float32, into the range of the profile. False where one was NaN. */
export type Canonicalise = (address: number, count: number) => boolean;

/** For numbers of one tensor; leaves those of the fast profile as they are. */
export function canonicaliser(
  { numerics }: AttentionPlan,
  kernel: Pick<AttendExports, 'canonicalise'>,
  dtype: Dtype,
  role: InputRole,
): Canonicalise {
  if (numerics === 'fast') return () => true;
  const { least, limit } = canonicalRange(dtype, role);
  return (address, count) => kernel.canonicalise(address, count, least, limit);
}
