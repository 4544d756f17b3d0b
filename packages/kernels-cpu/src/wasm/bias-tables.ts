// The bias as the WebAssembly kernel wants it: per-distance tables reversed, so that increasing keys read increasing addresses, and
// with -Infinity where the mask hides a distance, so that masks by distance cost the kernel nothing. Made once per prepared problem.
import type { AttentionPlan } from '@relbias/bias-spec';
import { readBias } from '@relbias/bias-spec/backend';
import { biasFactorOf, preparedBias } from '@relbias/bias-spec/reproducible';
import { FORM_PIECEWISE, FORM_TOEPLITZ, KEY_PANEL, MOST_TILE_ROWS } from '../generated/attend-wasm.ts';

/** Entries of -Infinity at both ends: a tile of 6 rows x 8 keys looks at most 5 + 7 distances past what it may see. */
const PAD = MOST_TILE_ROWS - 1 + (KEY_PANEL - 1);

/** One or more tables of equal length; the table of a head is a slice. */
export interface PerHead {
  readonly data: Float32Array;
  readonly length: number;
  readonly shared: boolean;
}

export interface BiasTables {
  readonly form: number;
  /** Entry n belongs to distance top - n, counted from `lead` on. null: bias 0 at every distance, and no mask by table. */
  readonly table: PerHead | null;
  readonly top: number;
  /** Entries from the one of distance `top` on, without the padding behind them. */
  readonly count: number;
  /** Entries before the one of distance `top`. */
  readonly lead: number;
  readonly piecewise: Piecewise | null;
}

interface Piecewise {
  /** [batch * queries] */
  readonly rowScales: Float32Array;
  readonly breaks: Float32Array;
  readonly slopes: PerHead;
  readonly intercepts: PerHead;
}

/** The part of a table that belongs to head h. */
export function ofHead({ data, length, shared }: PerHead, h: number): Float32Array {
  const start = shared ? 0 : h * length;
  return data.subarray(start, start + length);
}

/** Planning has made sure that the lowered bias covers all distances that occur. */
export function biasTables(plan: AttentionPlan): BiasTables {
  const range = visibleDistances(plan);
  const plain = { form: FORM_TOEPLITZ, top: range.max, count: countOf(range), lead: PAD, piecewise: null };
  return readBias<BiasTables>(plan, {
    none() {
      // Explicit positions need no table of zeros, and their distances may be far apart.
      if (plan.positions.queryStart === null) return { ...plain, table: null };
      return { ...plain, table: reversed(new Float32Array(countOf(range)), 1, range.min, range) };
    },
    'per-distance': ({ values, heads, minDistance }) => ({
      ...plain,
      table: reversed(inUnits(plan, values), heads, minDistance, range),
    }),
    'row-scaled'({ features, rowScales, breaks, slopes, intercepts, minDistance }) {
      const perHead = (data: Float32Array): PerHead => ({ data, length: breaks.length + 1, shared: false });
      return {
        ...plain,
        form: FORM_PIECEWISE,
        table: reversed(features, 1, minDistance, range),
        piecewise: { rowScales, breaks, slopes: perHead(slopes), intercepts: perHead(intercepts) },
      };
    },
  });
}

/** In the reproducible profile, tables are in units of scores; the row-scaled form is brought to them by the kernel, pair by pair. */
function inUnits(plan: AttentionPlan, values: Float32Array): Float32Array {
  if (plan.numerics === 'fast') return values;
  const factor = biasFactorOf(plan);
  return values.map((bias) => preparedBias(bias, factor));
}

interface DistanceRange {
  readonly min: number;
  readonly max: number;
}

/** The distances that occur and that the mask shows: none where max < min. */
function visibleDistances({ mask, positions }: AttentionPlan): DistanceRange {
  return {
    min: Math.max(mask.minDistance, positions.minDistance),
    max: Math.min(mask.maxDistance, positions.maxDistance),
  };
}

function countOf({ min, max }: DistanceRange): number {
  return Math.max(0, max - min + 1);
}

/** values [heads, span] from minDistance on -> tables of PAD + range + PAD entries, from range.max + PAD down. */
function reversed(values: Float32Array, heads: number, minDistance: number, range: DistanceRange): PerHead {
  const span = values.length / heads;
  const count = countOf(range);
  const length = count + 2 * PAD;
  const data = new Float32Array(heads * length).fill(-Infinity);
  for (let h = 0; h < heads; h++) {
    const from = h * span + range.max - minDistance;
    const to = h * length + PAD;
    for (let n = 0; n < count; n++) data[to + n] = values[from - n];
  }
  return { data, length, shared: heads === 1 };
}
