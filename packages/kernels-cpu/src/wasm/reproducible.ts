// The parameters of the reproducible profile for the WebAssembly kernel: how it reads the numbers of one call.
import type { AttentionPlan, Dtype } from '@relbias/bias-spec';
import type { InputRole } from '@relbias/bias-spec/reproducible';
import { biasFactorOf, canonicalRange, logitScale, preparedBias, weightBitsOf } from '@relbias/bias-spec/reproducible';
import type { Dtypes } from '../backend/kernel.ts';
import type { RowBlockFields, Inspect } from './views.ts';
import type { Workspace } from './workspace.ts';

/** The profile for one plan. The fast profile has no such parameters. */
export interface Profile {
  /** Converts an entry of a bias table to units of scores. For a bias without a table, the kernel converts pair by pair. */
  prepared(bias: number): number;
  /** Fields of a parameter block; they are 0 in the fast profile. */
  fields(dtypes: Dtypes): RowBlockFields;
  /** Clamps numbers of a tensor, widened to float32, to the profile's range, and calls `check` if one is NaN. */
  canonicaliser(workspace: Workspace, dtype: Dtype, role: InputRole, check: () => void): Inspect;
}

/** The plan must have been admitted to the profile by the session. */
export function profileOf(plan: AttentionPlan): Profile {
  const biasFactor = biasFactorOf(plan);
  return {
    prepared: (bias) => preparedBias(bias, biasFactor),
    fields({ query, key, value }) {
      const { least, limit } = canonicalRange(query, 'score');
      return {
        logitScale: logitScale(plan.scale),
        splitScores: Number(query === 'float32' || key === 'float32'),
        splitValues: Number(value === 'float32'),
        queryLeast: least,
        queryLimit: limit,
        weightBits: weightBitsOf(value),
        biasFactor,
      };
    },
    canonicaliser({ kernel }, dtype, role, check) {
      const { least, limit } = canonicalRange(dtype, role);
      return (address, count) => {
        if (!kernel.canonicalise(address, count, least, limit)) check();
      };
    },
  };
}
