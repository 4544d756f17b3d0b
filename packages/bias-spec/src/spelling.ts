// The hint for an unknown option: the known one that it resembles, or the object that it belongs in. Every family imports this file, so it is
// kept small.

/** Where an option belongs that was found in another object. */
const PLACES: Readonly<Record<string, string>> = {
  causal: 'the mask of the problem: mask: { causal: true }',
  window: 'the mask of the problem: mask: { window: { left: 128, right: 0 } }',
  left: 'the window of the mask: mask: { window: { left: 128 } }',
  right: 'the window of the mask: mask: { window: { right: 0 } }',
  keyLengths: 'the mask of the problem: mask: { keyLengths: [7, 5] }, one length per batch row',
  segments: 'the mask of the problem: mask: { segments: { query: [0, 0, 1], key: [0, 0, 1] } }',
  logSumExp: 'the options of a run: run(query, key, value, { logSumExp: true })',
  signal: 'the options of a run: run(query, key, value, { signal })',
  threads: 'the options of the backend: createBackend("cpu", { threads: 4 })',
  backend: 'the options of a call: attention(query, key, value, { backend }), createCache(problem, { backend })',
  dtype: 'each tensor: { data, shape, dtype }',
};

/** Options of a problem that families are given by mistake. */
const OF_THE_PROBLEM = [
  'mask',
  'scale',
  'softcap',
  'headDim',
  'queries',
  'keys',
  'batch',
  'positions',
  'queryStart',
  'numerics',
  'convention',
];

/** Names in other libraries, in lower case without `_` and `-`, that differ too much in spelling. Each follows the option that it means. */
const SYNONYMS = [
  ['heads', 'nhead', 'h'],
  ['headDim', 'dim', 'd', 'dk', 'headsize'],
  ['valueDim', 'dv', 'vdim'],
  ['keyValueHeads', 'kvheads', 'numkvheads'],
  ['queries', 'qlen', 'seqlen', 'sequencelength'],
  ['keys', 'klen', 'kvlen'],
  ['scale', 'scaling'],
  ['softcap', 'logitcap'],
  ['keyLengths', 'seqlens', 'lengths', 'keypaddingmask', 'keymask', 'attentionmask', 'paddingmask', 'padding'],
  ['queryStart', 'offset', 'queryoffset', 'pastlength'],
  ['logSumExp', 'lse', 'returnlse'],
  ['numerics', 'deterministic', 'reproducible'],
  ['numBuckets', 'buckets'],
  ['windowHeight', 'windowsize', 'window'],
  ['dimension', 'dmodel'],
];

/** The hint for an unknown option among these known ones; undefined if nothing resembles it. */
export function hintFor(option: string, known: readonly string[]): string | undefined {
  const [meant] = SYNONYMS.find((names) => names.includes(normalised(option), 1)) ?? [option];
  if (known.includes(meant)) return `Did you mean '${meant}'?`;
  if (Object.hasOwn(PLACES, option)) return `It belongs in ${PLACES[option]}.`;
  const near = nearest(option, known);
  if (near !== undefined) return `Did you mean '${near}'?`;
  const place = nearest(meant, Object.keys(PLACES));
  if (place !== undefined) return `It belongs in ${PLACES[place]}.`;
  const other = nearest(meant, OF_THE_PROBLEM);
  return other === undefined ? undefined : `It belongs in the problem, next to the bias: { ${other}, bias }.`;
}

const normalised = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');

/**
 * The known name that differs from this one by the fewest edits, if these are few for its length; else the longest one that this name ends
 * with or begins with: `numHeads` is heads, `softmaxScale` scale.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  // One edit in a short name, up to a third of a longer one.
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  // No option is that long, and the comparison would take time.
  if (name.length > 64) return undefined;
  for (const one of known) {
    const edits = editDistance(normalised(name), normalised(one));
    if (edits < fewest && edits < one.length) [best, fewest] = [one, edits];
  }
  const whole = normalised(name);
  const isPart = (one: string): boolean => whole.startsWith(normalised(one)) || whole.endsWith(normalised(one));
  return best ?? known.filter((one) => one.length > 3 && isPart(one)).toSorted((a, b) => b.length - a.length)[0];
}

/** The edit distance that counts a swap of neighbours as one edit (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = last[column - 1] + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swaps = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = swaps ? beforeLast[column - 2] + 1 : Infinity;
      current.push(Math.min(replaced, swapped, last[column] + 1, current[column - 1] + 1));
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length];
}
