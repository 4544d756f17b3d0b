// Combinations of factors: every two levels of any two factors, masks with positions and scores in threes, and sizes on both sides of common
// block sizes. grammar.ts explains the names.
import { coveringRows } from './covering.ts';
import type { Factors } from './grammar.ts';
import { parseFactors } from './grammar.ts';

/** Each factor with its levels; batch and token counts first, because later factors depend on them. No two sizes are equal. */
const TABLE = {
  batch: ['batch=3', '', 'batch=2'],
  tokens: ['queries=5;keys=19', 'queries=13;keys=7', 'queries=11;keys=11', 'queries=1;keys=9'],
  heads: ['heads=6;keyValueHeads=2', 'heads=3', 'heads=4;keyValueHeads=1', 'heads=10;keyValueHeads=2', 'heads=6;keyValueHeads=3'],
  headDim: ['headDim=7', 'headDim=5', 'headDim=10', 'headDim=17', ''],
  valueDim: ['', 'valueDim=3', 'valueDim=13', 'valueDim=18'],
  causal: ['causal', ''],
  window: ['left=4;right=2', '', 'left=3', 'right=1'],
  keyLengths: ['shorter', ''],
  segments: ['segments=packed', '', 'segments=padding'],
  positions: ['queryStart', 'positions=gaps', 'positions=duplicates', '', 'positions=rows', 'positions=reversed', 'queryStarts'],
  scores: ['convention=before-scaling', '', 'softcap=2', 'scale=0.7', 'scale=0.4;softcap=3', 'convention=scaled-bias'],
  biasScale: ['biasScale=-2', '', 'biasScale=0.3'],
  query: ['dtype=bfloat16', '', 'dtype=float16'],
  key: ['keyDtype=float32', 'keyDtype=float16', 'keyDtype=bfloat16'],
  value: ['valueDtype=bfloat16', 'valueDtype=float32', 'valueDtype=float16'],
} as const;

type Name = keyof typeof TABLE;
type Row = { readonly [K in Name]: (typeof TABLE)[K][number] };

const NAMES = Object.keys(TABLE) as Name[];

/** Factors tried in every combination of three, because kernels branch on all of them: masks, positions and scores. */
const TRIPLES: readonly (readonly Name[])[] = [
  ['causal', 'window', 'positions'],
  ['keyLengths', 'segments', 'positions'],
  ['causal', 'keyLengths', 'segments'],
  ['window', 'keyLengths', 'segments'],
  ['causal', 'positions', 'scores'],
  ['window', 'positions', 'biasScale'],
  ['query', 'key', 'value'],
];

/** Every two levels of any two factors, and the triples above. */
export const COMBINATIONS: readonly Factors[] = coveringRows(
  NAMES.map((name) => TABLE[name].length),
  TRIPLES.map((names) => names.map((name) => NAMES.indexOf(name))),
).map((levels) => factorsOf(Object.fromEntries(NAMES.map((name, at) => [name, TABLE[name][levels[at]]])) as unknown as Row));

function factorsOf({ keyLengths, positions, ...plain }: Row): Factors {
  const factors = parseFactors(
    Object.values(plain)
      .filter((text) => text !== '')
      .join(';'),
  );
  const { batch = 1, queries = 0, keys = 0 } = factors;
  const rows = Array.from({ length: batch }, (_, b) => b);
  const starts = (): Factors => {
    if (positions === 'queryStart') return { queryStart: [2] };
    if (positions === 'queryStarts') return { queryStart: rows.map((b) => keys - queries + 3 - 4 * b) };
    if (positions !== '') return parseFactors(positions);
    // With padding there is no default, so queryStart must be given.
    return keyLengths === '' || queries === keys ? {} : { queryStart: [keys - queries] };
  };
  // The first of several batch rows has full length, so mixing up the lengths of rows shows.
  const lengths = rows.map((b) => (b === 0 && batch > 1 ? keys : Math.max(1, keys - 3 - 2 * b)));
  return { ...factors, ...starts(), ...(keyLengths === '' ? {} : { keyLengths: lengths }) };
}

/** Common block sizes of kernels. */
const BLOCKS: readonly number[] = [4, 6, 8, 16, 24, 32, 64, 96, 128, 256, 512, 1024];

/** Sizes on both sides of every block size, and remainders in between. */
const EXTENTS: readonly number[] = [
  ...new Set([...BLOCKS.flatMap((block) => [block - 1, block, block + 1]), 10, 13, 19, 42, 70]),
].toSorted((a, b) => a - b);

/** Other factors combined with a size: a mistake at large sizes may need a mask, explicit positions or another scale to show. */
const OTHER_FACTORS: readonly ((queries: number, keys: number) => string)[] = [
  () => '',
  () => 'causal;queryStart=3',
  (_, keys) => `left=${Math.ceil(keys / 2)};right=2`,
  (queries, keys) => `batch=2;keyLengths=${keys},${Math.max(1, keys - 3)};queryStart=${keys - queries},${keys - queries - 3}`,
  () => 'segments=packed',
  () => 'positions=gaps',
  () => 'softcap=2',
  (queries, keys) => `heads=6;keyValueHeads=2;causal;queryStart=${keys - queries}`,
  () => 'positions=reversed;left=40',
  () => 'scale=0.4;biasScale=-2',
  () => 'segments=padding;right=1',
  () => 'batch=2;positions=rows;softcap=3',
  () => 'dtype=bfloat16;keyDtype=float32;valueDtype=float16',
];

function withOtherFactors(place: number, queries: number, keys: number): string {
  const others = OTHER_FACTORS[place % OTHER_FACTORS.length](queries, keys);
  const heads = others.includes('heads=') ? '' : 'heads=1;';
  return `${heads}queries=${queries};keys=${keys}${others === '' ? '' : `;${others}`}`;
}

/**
 * Each size along each axis once, the largest along one axis with the smallest along another, to keep cases small. `turn` starts elsewhere
 * in the list of other factors.
 */
function borders(turn: number): string[] {
  return EXTENTS.flatMap((extent, place) => {
    const opposite = EXTENTS[EXTENTS.length - 1 - place];
    return [
      `${withOtherFactors(place + turn, 3, extent)};headDim=4;valueDim=${opposite}`,
      `${withOtherFactors(place + turn + 6, extent, 5)};headDim=${opposite};valueDim=2`,
    ];
  });
}

/** Small numbers of groups and batch rows, and two or three large axes at once. */
const SIZES: readonly string[] = [
  ...[3, 4, 5, 7, 8, 9].flatMap((group) => [
    `heads=${group};keyValueHeads=1;queries=3;keys=7`,
    `batch=2;heads=${2 * group};keyValueHeads=2;queries=3;keys=7;causal`,
    `batch=${group};heads=2;queries=3;keys=5`,
  ]),
  'batch=3;heads=6;keyValueHeads=2;queries=5;keys=67;headDim=66;valueDim=9',
  'heads=1;queries=67;keys=131;headDim=9;valueDim=70',
  'heads=1;queries=98;keys=97;headDim=35;valueDim=3;causal',
  'batch=17;heads=1;queries=2;keys=3',
  'heads=17;queries=2;keys=3',
  'heads=33;queries=2;keys=3;headDim=3',
];

/** Less than a block, some blocks, and more than any common tile. */
const TILES = {
  headDim: [5, 41, 97],
  valueDim: [3, 38, 133],
  queries: [3, 35, 100],
  keys: [7, 66, 131],
} as const;

/** Every two of these sizes along two axes, with each of the other factors: a mistake may need tiles along both axes. */
export const TILED: readonly Factors[] = coveringRows([
  ...Object.values(TILES).map(({ length }) => length),
  OTHER_FACTORS.length,
]).map(([headDim, valueDim, queries, keys, others]) => {
  const sizes = `headDim=${TILES.headDim[headDim]};valueDim=${TILES.valueDim[valueDim]}`;
  return parseFactors(`${withOtherFactors(others, TILES.queries[queries], TILES.keys[keys])};${sizes}`);
});

/** Sizes on both sides of all block sizes; each turn combines them with other factors. */
export function sides(turn: number): Factors[] {
  return [...borders(turn), ...SIZES].map(parseFactors);
}
