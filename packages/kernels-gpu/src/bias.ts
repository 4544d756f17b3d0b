// The bias of a plan in the form that the kernels of this package read. It is decided once, when a problem is prepared; layouts, arrays and
// sources use only this form.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { TermKind } from '@relbias/bias-spec/backend';
import { readBias } from '@relbias/bias-spec/backend';
import type { Shape } from './library.ts';

/** The form of bias that a scores kernel is compiled for. */
export type BiasForm = TermKind | 'none';

/** Includes biasScale, except under the reproducible profile. */
export interface GpuBias {
  readonly form: BiasForm;
  /** Bias or feature by distance: one row per head, or one for all heads. */
  readonly table: {
    readonly values: Float32Array;
    readonly layers: number;
    readonly minDistance: number;
    readonly maxDistance: number;
  } | null;
  /** [batch * queries] */
  readonly rowScales: Float32Array | null;
  /** [3, heads, breaks + 1]: slopes, intercepts, and in the first row of the third layer the breaks. */
  readonly pieces: { readonly data: Float32Array; readonly shape: Shape; readonly breaks: number } | null;
}

const NONE: GpuBias = { form: 'none', table: null, rowScales: null, pieces: null };

/** @throws UnsupportedError for a sum that is more than one table. */
export function biasOf(plan: AttentionPlan): GpuBias {
  return readBias<GpuBias>(plan, {
    none: () => NONE,
    'per-distance': ({ kind, heads, values, minDistance, maxDistance }) => ({
      ...NONE,
      form: kind,
      table: { values, layers: heads, minDistance, maxDistance },
    }),
    'row-scaled'({ kind, heads, features, rowScales, breaks, slopes, intercepts, minDistance, maxDistance }) {
      const data = new Float32Array(3 * slopes.length);
      data.set(slopes);
      data.set(intercepts, slopes.length);
      data.set(breaks, 2 * slopes.length);
      return {
        form: kind,
        table: { values: features, layers: 1, minDistance, maxDistance },
        rowScales,
        pieces: { data, shape: [breaks.length + 1, heads, 3], breaks: breaks.length },
      };
    },
  });
}
