// The bias as the WebAssembly kernel wants it: per-distance tables reversed, so that increasing keys read increasing addresses, and
// with -Infinity where the mask hides a distance, so that masks by distance cost the kernel nothing. On the same walk, what is needed to leave
// out keys that cannot change what float32 holds of the result; the proof is in docs/skipping.md. Made once per prepared problem.
import type { AttentionPlan } from '@relbias/bias-spec';
import { isPerDistance, readBias } from '@relbias/bias-spec/backend';
import { FORM_PIECEWISE, FORM_TOEPLITZ, KEY_BLOCK, KEY_PANEL, MOST_TILE_ROWS } from '../generated/attend-wasm.ts';
import type { Profile } from './reproducible.ts';

/** Entries of -Infinity at both ends: a tile of 6 rows x 8 keys looks at most 5 + 7 distances past what it may see. */
const PAD = MOST_TILE_ROWS - 1 + (KEY_PANEL - 1);

/** All keys left out of a row together weigh at most 2^-25 of the rest: half the rounding unit of float32. */
const NEGLIGIBLE_BITS = 25;

/** How far below the greatest logit of its row so far one of so many keys is negligible, in nats. */
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
  /** Entry n belongs to distance top - n, counted from `lead` on. null: bias 0 at every distance, and no mask by table. */
  readonly table: PerHead | null;
  readonly top: number;
  /** Entries from the one of distance `top` on, without the padding behind them. */
  readonly count: number;
  /** Entries before the one of distance `top`. */
  readonly lead: number;
  readonly piecewise: Piecewise | null;
  /** null where no head can gain. */
  readonly skipping: Skipping | null;
  /** By how much the entries of each table differ; 0 where they let no key be left out. */
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
  /** The greatest of each KEY_BLOCK entries of the table, from the one of distance `top` on. */
  readonly maxima: PerHead;
  /** Per table: whether it falls far enough for a key ever to be negligible by it. */
  readonly pays: readonly boolean[];
}

/** Which of the tables is that of head h. */
export function tableOf({ shared }: PerHead, h: number): number {
  return shared ? 0 : h;
}

/** The part of a table that belongs to head h. */
export function ofHead(tables: PerHead, h: number): Float32Array {
  const start = tableOf(tables, h) * tables.length;
  return tables.data.subarray(start, start + tables.length);
}

/** Planning has made sure that the lowered bias covers all distances that occur. */
export function biasTables(plan: AttentionPlan, profile: Profile | null): BiasTables {
  const contiguous = plan.positions.queryStart !== null;
  const range = visibleDistances(plan);
  const count = Math.max(0, range.max - range.min + 1);
  const plain = { form: FORM_TOEPLITZ, top: range.max, count, lead: PAD, piecewise: null, skipping: null, spreads: [0] };
  return readBias<BiasTables>(plan, {
    none() {
      // Explicit positions need no table of zeros, and their distances may be far apart.
      if (!contiguous) return { ...plain, table: null };
      return { ...plain, table: reversed(new Float32Array(count), 1, range.min, range).table };
    },
    'per-distance'({ values, heads, minDistance }) {
      const entries = profile === null ? values : values.map((bias) => profile.prepared(bias));
      const { table, maxima, falls, spreads } = reversed(entries, heads, minDistance, range);
      // In the reproducible profile every key counts to its last bit. What depends on the distance only because its rows happen to share
      // one scale lets no key go either, so that the bits of a row do not depend on the rows beside it.
      if (profile !== null || !contiguous || !isPerDistance(plan.lowered)) {
        return { ...plain, table, spreads: spreads.map(() => 0) };
      }
      const gap = negligibleGap(plan.keys);
      const pays = falls.map((fall) => fall > gap);
      return { ...plain, table, skipping: pays.includes(true) ? { gap, maxima, pays } : null, spreads };
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

/** The distances that occur and that the mask shows: none where max < min. */
function visibleDistances({ mask, positions }: AttentionPlan): DistanceRange {
  return {
    min: Math.max(mask.minDistance, positions.minDistance),
    max: Math.min(mask.maxDistance, positions.maxDistance),
  };
}

interface Reversed {
  readonly table: PerHead;
  readonly maxima: PerHead;
  /** By how much the maxima of each table differ, and its entries. */
  readonly falls: readonly number[];
  readonly spreads: readonly number[];
}

/** values [heads, span] from minDistance on -> tables of PAD + range + PAD entries, from range.max + PAD down. */
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
    let greatest = -Infinity;
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
      if (most > greatest) greatest = most;
      if (most < lowestMaximum) lowestMaximum = most;
    }
    falls.push(greatest - lowestMaximum);
    spreads.push(greatest - lowest);
  }
  const shared = heads === 1;
  return { table: { data, length, shared }, maxima: { data: maxima, length: blocks, shared }, falls, spreads };
}
