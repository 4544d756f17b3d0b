// An attention problem as a caller states it, and the plan it becomes: validated once, every default filled in, the bias lowered.
import type { Bias, LoweredBias } from './bias.ts';
import {
  MAX_HEADS,
  MAX_POSITION,
  requireFactor,
  requireFinite,
  requireInteger,
  requireKnownKeys,
  requireOneOf,
} from './check.ts';
import type { Convention, Scales } from './convention.ts';
import { CONVENTIONS, scalesOf } from './convention.ts';
import { requireCoverage } from './coverage.ts';
import { ParameterError, ShapeError, UnsupportedError, show } from './errors.ts';
import { none } from './families/none.ts';
import { roundLowered } from './lowered.ts';
import type { ClosedMask, Mask } from './mask.ts';
import { closeMask } from './mask.ts';
import { requireBiasRoom, requireSoftcap } from './overflow.ts';
import { readsPositions, requirePlacedQueries, resolvePositions } from './placement.ts';
import type { ExplicitPositions, Positions } from './positions.ts';
import { withRoom } from './room.ts';

/** `fast`: float32 within the published bound of the float64 oracle. `reproducible`: the same bits on every backend. */
export type Numerics = 'fast' | 'reproducible';

/**
 * Attention with relative position bias:
 *
 *     logits[i][j] = softcap(scale * (q_i . k_j)) + biasScale * bias(i, j)     then mask, then softmax over j, then times v
 *
 * Shapes: query [batch, heads, queries, headDim], key [batch, keyValueHeads, keys, headDim],
 * value [batch, keyValueHeads, keys, valueDim], output [batch, heads, queries, valueDim].
 */
export interface AttentionProblem {
  /** Default 1. */
  readonly batch?: number;
  readonly heads: number;
  /** Grouped-query attention: divides `heads`; default `heads`. Query head h reads key head floor(h / (heads / keyValueHeads)). */
  readonly keyValueHeads?: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  /** Default `headDim`. */
  readonly valueDim?: number;
  /** Default none: plain attention. */
  readonly bias?: Bias;
  /** Names (scale, biasScale). Default: the one the bias's family was published with. */
  readonly convention?: Convention;
  /** Override the convention's factor. `scale` must be above 0. */
  readonly scale?: number;
  readonly biasScale?: number;
  readonly mask?: Mask;
  /** c * tanh(scale * q.k / c), applied before the bias is added (the order of the ONNX Attention operator). */
  readonly softcap?: number;
  /**
   * The position of query 0, for all batch rows or one each; default keys - queries. Must be said where `mask.keyLengths` makes padding of
   * keys and there are not as many queries as keys.
   */
  readonly queryStart?: number | ArrayLike<number>;
  /** Explicit integer positions instead of `queryStart`. */
  readonly positions?: ExplicitPositions;
  readonly numerics?: Numerics;
}

/** A validated problem with nothing left to decide. Kernels read this and nothing else. */
export interface AttentionPlan extends Scales {
  readonly batch: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** The bias as the caller gave it: the oracle reads its float64 values, kernels read `lowered`. */
  readonly bias: Bias;
  /** In float32, not yet multiplied by biasScale (see `scaleLowered`). */
  readonly lowered: LoweredBias;
  readonly mask: ClosedMask;
  /** 0 where there is none. */
  readonly softcap: number;
  readonly positions: Positions;
  readonly numerics: Numerics;
}

const KNOWN_KEYS: readonly (keyof AttentionProblem)[] = [
  'batch',
  'heads',
  'keyValueHeads',
  'queries',
  'keys',
  'headDim',
  'valueDim',
  'bias',
  'convention',
  'scale',
  'biasScale',
  'mask',
  'softcap',
  'queryStart',
  'positions',
  'numerics',
];

/**
 * Validates a problem and fills in its defaults.
 *
 * @throws ParameterError, ShapeError - naming the field, what was got and what is accepted; UnsupportedError where no memory holds it.
 * @example
 * const plan = planAttention({ heads: 8, queries: 4, keys: 4, headDim: 64, bias: alibi({ heads: 8 }), mask: { causal: true } });
 * plan.scale; // 0.125
 */
export function planAttention(problem: AttentionProblem): AttentionPlan {
  requireKnownKeys('problem', problem, KNOWN_KEYS);
  return planned(readOnce(problem));
}

/** Every field as it is now: a getter that answers otherwise later must not get past its check. */
function readOnce(problem: AttentionProblem): AttentionProblem {
  return Object.fromEntries(KNOWN_KEYS.map((name) => [name, problem[name]])) as unknown as AttentionProblem;
}

function planned(problem: AttentionProblem): AttentionPlan {
  const batch = requireInteger('problem.batch', problem.batch ?? 1, 1, MAX_SIZE);
  const heads = requireInteger('problem.heads', problem.heads, 1, MAX_HEADS);
  const queries = requireInteger('problem.queries', problem.queries, 1, MAX_POSITION);
  const keys = requireInteger('problem.keys', problem.keys, 1, MAX_POSITION);
  const headDim = requireInteger('problem.headDim', problem.headDim, 1, MAX_SIZE);
  const valueDim = requireInteger('problem.valueDim', problem.valueDim ?? headDim, 1, MAX_SIZE);
  const keyValueHeads = requireInteger('problem.keyValueHeads', problem.keyValueHeads ?? heads, 1, heads);
  if (heads % keyValueHeads !== 0) {
    throw new ShapeError({
      what: 'problem.keyValueHeads',
      got: `${keyValueHeads} for ${heads} query heads`,
      wanted: `a divisor of ${heads}`,
    });
  }
  requireTensorSizes({ batch, heads, keyValueHeads, queries, keys, headDim, valueDim });
  requireListSizes(batch, queries, keys);
  const bias = checkedBias(problem.bias ?? none(), heads);
  const tokens = `${batch} batch rows of ${queries} queries and ${keys} keys`;
  const positions = withRoom('problem', `the positions of ${tokens}`, 'Split the batch over several problems.', () =>
    resolvePositions(problem, bias, batch, queries, keys),
  );
  const mask = closeMask(problem.mask ?? {}, batch, queries, keys);
  const lowered = loweredFor(bias, heads, positions);
  if (problem.queryStart === undefined && positions.queryStart !== null && (lowered.form !== 'none' || readsPositions(mask))) {
    requirePlacedQueries(mask, queries, keys);
  }
  const numerics = requireOneOf('problem.numerics', problem.numerics ?? 'fast', ['fast', 'reproducible']);
  const scales = resolveScales(problem, bias, headDim);
  // The reproducible profile has limits of its own, at which it cuts logits off.
  if (numerics === 'fast') requireBiasRoom(lowered, scales.biasScale);
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

/** Above these no typed array could hold a tensor of the problem, on any backend. */
const MAX_SIZE = 2 ** 24;
const MAX_ELEMENTS = 2 ** 32;

function requireTensorSizes(sizes: Sizes): void {
  for (const [name, shape] of Object.entries(shapesOf(sizes))) {
    if (shape.reduce((product: number, extent: number) => product * extent, 1) <= MAX_ELEMENTS) continue;
    throw new ShapeError({
      what: `problem: ${name}`,
      got: `the shape ${show(shape)}`,
      wanted: `at most ${MAX_ELEMENTS} numbers`,
      hint: 'Split the batch or the heads over several problems.',
    });
  }
}

/** The most numbers of a plan's own lists: 1 GiB of int32 or float32. */
const MAX_LISTED = 2 ** 28;

/** A plan holds a position for each token of each batch row. */
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
  // A bias for any number of heads has no number of its own for each.
  if (bias.heads * span > MAX_LISTED) {
    throw new UnsupportedError({
      what: 'problem.bias',
      got: `${heads} heads over ${span} distances, ${heads * span} numbers`,
      wanted: `at most ${MAX_LISTED}`,
      hint: 'Split the heads over several problems, or the queries.',
    });
  }
  const need = `the bias of ${heads} heads over ${span} distances`;
  return withRoom('problem.bias', need, 'Split the heads over several problems, or the queries.', () => {
    const lowered: unknown = bias.lower(positions);
    requireCoverage(bias, lowered, heads, positions);
    return roundLowered(lowered);
  });
}

function checkedBias(bias: unknown, heads: number): Bias {
  if (bias === null || typeof bias !== 'object' || typeof (bias as Bias).lower !== 'function') {
    throw new ParameterError({
      what: 'problem.bias',
      got: show(bias),
      wanted: 'a bias made by a family function',
      hint: 'For example alibi({ heads: 8 }).',
    });
  }
  const checked = bias as Bias;
  if (checked.heads !== 0 && checked.heads !== heads) {
    throw new ShapeError({
      what: 'problem.bias',
      got: `${checked.family} for ${checked.heads} heads`,
      wanted: `${heads} heads`,
      hint: 'The bias is per query head, also with grouped key/value heads.',
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

/** A numerics profile that a backend does not offer is refused, never replaced. */
export function requireNumerics(backend: string, plan: AttentionPlan, offered: readonly Numerics[]): void {
  if (offered.includes(plan.numerics)) return;
  throw new UnsupportedError({
    what: `${backend}: problem.numerics`,
    got: show(plan.numerics),
    wanted: offered.map(show).join(' or '),
  });
}

/** The three input shapes and the output shape of a plan. */
export interface AttentionShapes {
  readonly query: readonly [number, number, number, number];
  readonly key: readonly [number, number, number, number];
  readonly value: readonly [number, number, number, number];
  readonly output: readonly [number, number, number, number];
  readonly logSumExp: readonly [number, number, number];
}

/** What a plan says of sizes. */
type Sizes = Pick<AttentionPlan, 'batch' | 'heads' | 'keyValueHeads' | 'queries' | 'keys' | 'headDim' | 'valueDim'>;

/**
 * The shapes of one call's tensors.
 *
 * @example
 * shapesOf(planAttention({ heads: 8, queries: 1, keys: 9, headDim: 64 })).key; // [1, 8, 9, 64]
 */
export function shapesOf({ batch, heads, keyValueHeads, queries, keys, headDim, valueDim }: Sizes): AttentionShapes {
  return {
    query: [batch, heads, queries, headDim],
    key: [batch, keyValueHeads, keys, headDim],
    value: [batch, keyValueHeads, keys, valueDim],
    output: [batch, heads, queries, valueDim],
    logSumExp: [batch, heads, queries],
  };
}
