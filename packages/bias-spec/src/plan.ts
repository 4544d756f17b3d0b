// Makes the plan of a problem: validates it once, fills in every default, lowers the bias.
import { requireAgreement, requireBias } from './bias-check.ts';
import type { Bias } from './bias.ts';
import { MAX_HEADS, MAX_POSITION, requireFactor, requireFinite, requireInteger, readOptions, requireOneOf } from './check.ts';
import type { Scales } from './convention.ts';
import { CONVENTIONS, scalesOf } from './convention.ts';
import { ParameterError, ShapeError, UnsupportedError, reading, withRoom } from './errors.ts';
import { show } from './show.ts';
import { none } from './families/none.ts';
import type { ClosedMask } from './mask.ts';
import { closeMask, readsPositions } from './mask.ts';
import type { Positions } from './positions.ts';
import { resolvePositions } from './positions.ts';
import type { AttentionPlan, AttentionProblem, Sizes } from './problem.ts';
import { PROBLEM_KEYS, SIZE_KEYS, shapesOf } from './problem.ts';
import { elementCount } from './tensor.ts';
import type { LoweredBias } from './terms/lowered.ts';
import { isPerDistance, largestBias, lowerBias } from './terms/lowered.ts';

/**
 * Validates a problem and fills in its defaults.
 *
 * @throws ParameterError, ShapeError naming the field, the value and what is accepted; UnsupportedError if it needs more memory than there is.
 * @example
 * const plan = planAttention({ heads: 8, queries: 4, keys: 4, headDim: 64, bias: alibi({ heads: 8 }), mask: { causal: true } });
 * plan.scale; // 0.125
 */
export function planAttention(problem: AttentionProblem): AttentionPlan {
  return planned(readOptions('problem', problem, PROBLEM_KEYS));
}

/** The way out where the numbers of heads would fit if they were the lengths of the sequences. */
const SEQUENCE_FIRST = 'If the tensors are [batch, sequence, heads, dim], headsFirst(tensor) reorders them.';

function planned(problem: AttentionProblem): AttentionPlan {
  const batch = requireInteger('problem.batch', problem.batch ?? 1, 1, MAX_SIZE);
  const heads = requireInteger('problem.heads', problem.heads, 1, MAX_HEADS);
  const queries = requireInteger('problem.queries', problem.queries, 1, MAX_POSITION);
  const keys = requireInteger('problem.keys', problem.keys, 1, MAX_POSITION);
  const headDim = requireInteger('problem.headDim', problem.headDim, 1, MAX_SIZE);
  const valueDim = requireInteger('problem.valueDim', problem.valueDim ?? headDim, 1, MAX_SIZE);
  const keyValueHeads = requireInteger('problem.keyValueHeads', problem.keyValueHeads ?? heads, 1);
  if (heads % keyValueHeads !== 0) {
    throw new ShapeError({
      what: 'problem.keyValueHeads',
      got: `${keyValueHeads} for ${heads} query heads`,
      wanted: `a divisor of ${heads}`,
      hint: queries % keys === 0 ? SEQUENCE_FIRST : undefined,
    });
  }
  requireTensorSizes({ batch, heads, keyValueHeads, queries, keys, headDim, valueDim });
  requireListSizes(batch, queries, keys);
  const bias = checkedBias(problem.bias ?? none(), heads, queries);
  const tokens = `${batch} batch rows of ${queries} queries and ${keys} keys`;
  const positions = withRoom('problem', `the positions of ${tokens}`, 'Split the batch over several problems.', () =>
    resolvePositions(problem, bias, batch, queries, keys),
  );
  const mask = closeMask(problem.mask ?? {}, batch, queries, keys);
  const lowered = loweredFor(bias, heads, positions);
  if (problem.queryStart === undefined && positions.queryStart !== null && (lowered.length > 0 || readsPositions(mask))) {
    requirePlacedQueries(mask, queries, keys);
  }
  const numerics = requireOneOf('problem.numerics', problem.numerics ?? 'fast', ['fast', 'reproducible']);
  const scales = resolveScales(problem, bias, headDim);
  // The reproducible profile clamps logits at limits of its own. But a bias that it computes from several numbers must not overflow to
  // -Infinity on the way, which would hide a pair; a table is only read.
  if (numerics === 'fast') requireBiasRoom(lowered, scales.biasScale);
  else if (lowered.length > 1 || !isPerDistance(lowered)) requireBiasRoom(lowered, 1);
  requireAgreement(bias, lowered, heads, positions);
  return {
    batch,
    heads,
    keyValueHeads,
    queries,
    keys,
    headDim,
    valueDim,
    ...scales,
    bias,
    lowered,
    mask,
    softcap: problem.softcap === undefined ? 0 : requireSoftcap(problem.softcap, scales.scale),
    positions,
    numerics,
  };
}

/**
 * Refuses the default start where keys are padding: it would put the last query on the last key, which may be padding. The caller must say
 * whether the queries follow the last real key (decoding) or begin at the same token in every row (a chunk of a padded batch).
 *
 * @throws ParameterError.
 */
function requirePlacedQueries({ keyLengths }: ClosedMask, queries: number, keys: number): void {
  if (queries === keys || keyLengths.every((length) => length === keys)) return;
  throw new ParameterError({
    what: 'problem.queryStart',
    got: `none for ${queries} queries and mask.keyLengths ${show(Array.from(keyLengths))} of ${keys} keys`,
    wanted: 'the position of query 0 in each batch row',
    hint:
      'If the last query is at the last key of its row: queryStart: keyLengths.map((length) => length - queries). ' +
      'If all rows begin at the same token: its number.',
  });
}

/** Beyond these sizes no typed array holds a tensor of the problem, on any backend. */
const MAX_SIZE = 2 ** 24;
const MAX_ELEMENTS = 2 ** 32;

function requireTensorSizes(sizes: Sizes): void {
  for (const [name, shape] of Object.entries(shapesOf(sizes))) {
    if (elementCount(shape) <= MAX_ELEMENTS) continue;
    throw new ShapeError({
      what: `problem: ${name}`,
      got: `the shape ${show(shape)}`,
      wanted: `at most ${MAX_ELEMENTS} numbers`,
      hint: 'Split the batch or the heads over several problems.',
    });
  }
}

/** The most numbers in a list of the plan: 1 GiB of int32 or float32. */
const MAX_LISTED = 2 ** 28;

/** A plan stores a position for each token of each batch row. */
function requireListSizes(batch: number, queries: number, keys: number): void {
  if (batch * Math.max(queries, keys) <= MAX_LISTED) return;
  throw new UnsupportedError({
    what: 'problem',
    got: `${batch} batch rows of ${queries} queries and ${keys} keys`,
    wanted: `at most ${MAX_LISTED} positions`,
    hint: 'Split the batch over several problems.',
  });
}

function loweredFor(bias: Bias, heads: number, positions: Positions): LoweredBias {
  const span = positions.maxDistance - positions.minDistance + 1;
  // A bias for any number of heads (heads 0) stores nothing per head.
  if (bias.heads * span > MAX_LISTED) {
    throw new UnsupportedError({
      what: 'problem.bias',
      got: `${heads} heads over ${span} distances, ${heads * span} numbers`,
      wanted: `at most ${MAX_LISTED}`,
      hint: 'Split the heads over several problems, or the queries.',
    });
  }
  const need = `the bias of ${heads} heads over ${span} distances`;
  return withRoom('problem.bias', need, 'Split the heads over several problems, or the queries.', () =>
    lowerBias(bias, heads, positions),
  );
}

function checkedBias(bias: unknown, heads: number, queries: number): Bias {
  const wanted = 'a bias made by a family function';
  const isBias = (): boolean => bias !== null && typeof bias === 'object' && typeof (bias as Bias).lower === 'function';
  if (!reading('problem.bias', 'an object', wanted, isBias)) {
    throw new ParameterError({
      what: 'problem.bias',
      got: show(bias),
      wanted,
      hint: 'For example alibi({ heads: 8 }).',
    });
  }
  const checked = bias as Bias;
  requireBias('problem.bias', checked);
  if (checked.heads !== 0 && checked.heads !== heads) {
    throw new ShapeError({
      what: 'problem.bias',
      got: `${checked.family} for ${checked.heads} heads`,
      wanted: `${heads} heads`,
      hint: checked.heads === queries ? SEQUENCE_FIRST : 'The bias is per query head, also with grouped key/value heads.',
    });
  }
  return checked;
}

function resolveScales(problem: AttentionProblem, bias: Bias, headDim: number): Scales {
  const convention = requireOneOf('problem.convention', problem.convention ?? bias.convention, CONVENTIONS);
  const named = scalesOf(convention, headDim);
  return {
    scale: problem.scale === undefined ? named.scale : requireFactor('problem.scale', problem.scale),
    biasScale: problem.biasScale === undefined ? named.biasScale : requireFinite('problem.biasScale', problem.biasScale),
  };
}

/** Half of the range of float32: the other half is left for the bias and for rounding. */
export const SCORE_LIMIT: number = 2 ** 127;
/** A quarter of the range of float32. */
const BIAS_LIMIT = 2 ** 126;

/**
 * Refuses a bias that may overflow float32 while it is computed or in the sum with a score: the pair would be hidden silently, or the row
 * NaN.
 *
 * @param factor - what kernels multiply the bias by before they read it.
 * @throws ParameterError.
 */
function requireBiasRoom(lowered: LoweredBias, factor: number): void {
  const size = Math.abs(factor) * largestBias(lowered);
  if (size <= BIAS_LIMIT) return;
  throw new ParameterError({
    what: 'bias',
    got: `sizes up to ${size.toExponential(1)}${factor === 1 ? '' : ', times biasScale'}`,
    wanted: `at most ${BIAS_LIMIT.toExponential(1)}, so float32 can hold its sum with a score, or -Infinity to hide a pair`,
    hint: 'Check the size of its parameters, and biasScale.',
  });
}

/**
 * A softcap that float32 can hold, as well as scale / softcap, by which some kernels multiply queries.
 *
 * @throws ParameterError.
 */
function requireSoftcap(value: unknown, scale: number): number {
  const softcap = requireFactor('problem.softcap', value);
  if (scale / softcap <= SCORE_LIMIT) return softcap;
  throw new ParameterError({
    what: 'problem.softcap',
    got: `${show(value)} with a scale of ${show(scale)}`,
    wanted: 'a softcap of at least scale / 2^127, so float32 can hold their quotient',
  });
}

/**
 * The plan with the same settings for other sizes, with contiguous positions and without padding or segments: the problem that a cache of
 * some length computes.
 *
 * @example
 * const plan = planAttention({ heads: 1, queries: 1, keys: 1, headDim: 4, mask: { causal: true } });
 * replan(plan, { queries: 2, keys: 9 }).positions.query; // Int32Array [7, 8]
 */
export function replan(plan: AttentionPlan, sizes: Partial<Sizes> & Pick<AttentionProblem, 'queryStart'>): AttentionPlan {
  const { mask, softcap, bias, scale, biasScale, numerics } = plan;
  const kept = Object.fromEntries(SIZE_KEYS.map((name) => [name, plan[name]])) as unknown as Sizes;
  return planAttention({
    ...kept,
    bias,
    scale,
    biasScale,
    numerics,
    softcap: softcap === 0 ? undefined : softcap,
    mask: { window: { left: mask.maxDistance, right: -mask.minDistance } },
    ...sizes,
  });
}
