// What the WebAssembly kernel is told of the reproducible profile besides the problem: how the numbers of one call are to be read.
import type { AttentionPlan, Dtype } from '@relbias/bias-spec';
import type { InputRole } from '@relbias/bias-spec/reproducible';
import { biasFactorOf, canonicalRange, logitScale, preparedBias, weightBitsOf } from '@relbias/bias-spec/reproducible';
import type { Dtypes } from '../backend/kernel.ts';
import type { RowBlockFields, Inspect } from './views.ts';
import type { Workspace } from './workspace.ts';

/** The profile for one plan. The fast profile has none of this. */
export interface Profile {
  /** Of a bias table, in units of scores. What is no table is brought to them by the kernel, pair by pair. */
  prepared(bias: number): number;
  /** Fields of a parameter block, which are 0 in the fast profile. */
  fields(dtypes: Dtypes): RowBlockFields;
  /** Brings numbers of a tensor, widened to float32, into range, and calls `check` where one was NaN. */
  bring(workspace: Workspace, dtype: Dtype, role: InputRole, check: () => void): Inspect;
}

/** Of a plan that the session has admitted to it. */
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
    bring({ kernel }, dtype, role, check) {
      const { least, limit } = canonicalRange(dtype, role);
      return (address, count) => {
        if (!kernel.canonicalise(address, count, least, limit)) check();
      };
    },
  };
}
