// The bias tables of the WebAssembly kernel, computed once per prepared problem. Tables by distance are reversed, so increasing keys read
// increasing addresses, and hold -Infinity where the mask hides a distance, so masks by distance cost nothing. The same pass computes what
// the kernel needs to skip keys that cannot change the float32 result; docs/skipping.md has the proof.
import type { AttentionPlan } from '@relbias/bias-spec';
import { isPerDistance, readBias } from '@relbias/bias-spec/backend';
import { FORM_PIECEWISE, FORM_TOEPLITZ, KEY_BLOCK, KEY_PANEL, MOST_TILE_ROWS } from '../generated/attend-wasm.ts';
import type { Profile } from './reproducible.ts';

/** Entries of -Infinity at both ends: a tile of 6 rows x 8 keys reads at most 5 + 7 distances beyond the visible ones. */
const PAD = MOST_TILE_ROWS - 1 + (KEY_PANEL - 1);

/** All skipped keys of a row together weigh at most 2^-25 of the rest: half the rounding unit of float32. */
const NEGLIGIBLE_BITS = 25;

/** A key is negligible if its logit is this far below the largest of its row so far, in nats. */
export function negligibleGap(keys: number): number {
  return Math.log(keys) + NEGLIGIBLE_BITS * Math.LN2;
}

/** One or more tables of equal length; the table of a head is a slice. */
export interface PerHead {
  readonly data: Float32Array;
  readonly length: number;
  readonly shared: boolean;
}

export interface BiasTables {
  readonly form: number;
  /** Entry lead + n belongs to distance top - n. null: bias 0 at every distance, and no mask by table. */
  readonly table: PerHead | null;
  readonly top: number;
  /** The number of entries without padding. */
  readonly count: number;
  /** The number of padding entries before that of distance `top`. */
  readonly lead: number;
  readonly piecewise: Piecewise | null;
  /** null if no head can skip any key. */
  readonly skipping: Skipping | null;
  /** Per table: its largest entry minus its smallest; 0 if it may not skip keys. */
  readonly spreads: readonly number[];
}

interface Piecewise {
  /** [batch * queries] */
  readonly rowScales: Float32Array;
  readonly breaks: Float32Array;
  readonly slopes: PerHead;
  readonly intercepts: PerHead;
}

interface Skipping {
  readonly gap: number;
  /** The maximum of each KEY_BLOCK entries of the table, starting with that of distance `top`. */
  readonly maxima: PerHead;
  /** Per table: whether it falls far enough to make a key negligible. */
  readonly canSkip: readonly boolean[];
}

/** The index of the table of head h. */
export function tableOf({ shared }: PerHead, h: number): number {
  return shared ? 0 : h;
}

/** The table of head h. */
export function ofHead(tables: PerHead, h: number): Float32Array {
  const start = tableOf(tables, h) * tables.length;
  return tables.data.subarray(start, start + tables.length);
}

/** Planning guarantees that the lowered bias covers all distances that occur. */
export function biasTables(plan: AttentionPlan, profile: Profile | null): BiasTables {
  const contiguous = plan.positions.queryStart !== null;
  const range = visibleDistances(plan);
  const count = Math.max(0, range.max - range.min + 1);
  const plain = { form: FORM_TOEPLITZ, top: range.max, count, lead: PAD, piecewise: null, skipping: null, spreads: [0] };
  return readBias<BiasTables>(plan, {
    none() {
      // Explicit positions need no table of zeros, which could be large if their distances are far apart.
      if (!contiguous) return { ...plain, table: null };
      return { ...plain, table: reversed(new Float32Array(count), 1, range.min, range).table };
    },
    'per-distance'({ values, heads, minDistance }) {
      const entries = profile === null ? values : values.map((bias) => profile.prepared(bias));
      const { table, maxima, falls, spreads } = reversed(entries, heads, minDistance, range);
      // Under the reproducible profile every key affects the bits, so none is skipped. Nor with a row-scaled bias whose rows merely share one
      // scale: otherwise the bits of a row would depend on the other rows.
      if (profile !== null || !contiguous || !isPerDistance(plan.lowered)) {
        return { ...plain, table, spreads: spreads.map(() => 0) };
      }
      const gap = negligibleGap(plan.keys);
      const canSkip = falls.map((fall) => fall > gap);
      return { ...plain, table, skipping: canSkip.includes(true) ? { gap, maxima, canSkip } : null, spreads };
    },
    'row-scaled'({ features, rowScales, breaks, slopes, intercepts, minDistance }) {
      const perHead = (data: Float32Array): PerHead => ({ data, length: breaks.length + 1, shared: false });
      return {
        ...plain,
        form: FORM_PIECEWISE,
        table: reversed(features, 1, minDistance, range).table,
        piecewise: { rowScales, breaks, slopes: perHead(slopes), intercepts: perHead(intercepts) },
      };
    },
  });
}

interface DistanceRange {
  readonly min: number;
  readonly max: number;
}

/** The distances that occur and that the mask shows; none if max < min. */
function visibleDistances({ mask, positions }: AttentionPlan): DistanceRange {
  return {
    min: Math.max(mask.minDistance, positions.minDistance),
    max: Math.min(mask.maxDistance, positions.maxDistance),
  };
}

interface Reversed {
  readonly table: PerHead;
  readonly maxima: PerHead;
  /** Per table: its largest maximum minus its smallest, and its largest entry minus its smallest. */
  readonly falls: readonly number[];
  readonly spreads: readonly number[];
}

/** values [heads, span], ascending from minDistance -> tables of PAD + range + PAD entries, descending from range.max + PAD. */
function reversed(values: Float32Array, heads: number, minDistance: number, { min, max }: DistanceRange): Reversed {
  const span = values.length / heads;
  const count = Math.max(0, max - min + 1);
  const length = count + 2 * PAD;
  const blocks = Math.ceil(count / KEY_BLOCK);
  const data = new Float32Array(heads * length).fill(-Infinity);
  const maxima = new Float32Array(heads * blocks);
  const falls: number[] = [];
  const spreads: number[] = [];
  for (let h = 0; h < heads; h++) {
    const from = h * span + max - minDistance;
    const to = h * length + PAD;
    let largest = -Infinity;
    let lowestMaximum = Infinity;
    let lowest = Infinity;
    for (let block = 0; block < blocks; block++) {
      const end = Math.min(count, (block + 1) * KEY_BLOCK);
      let most = -Infinity;
      for (let n = block * KEY_BLOCK; n < end; n++) {
        const entry = values[from - n];
        data[to + n] = entry;
        if (entry > most) most = entry;
        if (entry < lowest) lowest = entry;
      }
      maxima[h * blocks + block] = most;
      if (most > largest) largest = most;
      if (most < lowestMaximum) lowestMaximum = most;
    }
    falls.push(largest - lowestMaximum);
    spreads.push(largest - lowest);
  }
  const shared = heads === 1;
  return { table: { data, length, shared }, maxima: { data: maxima, length: blocks, shared }, falls, spreads };
}
