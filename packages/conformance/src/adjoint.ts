// The cases that check the gradients of a family, without a backend: `adjoint` must be the derivative of `value`, by finite differences in
// float64.
import type { Bias, FamilyCase, FamilyDefinition, Positions } from '@relbias/bias-spec';
import { contiguousPositions, explicitPositions } from '@relbias/bias-spec';
import { show, addToGradients, zeroTermGradients } from '@relbias/bias-spec/backend';
import type { Case } from './case.ts';
import { biasOf, underFamily } from './families.ts';
import type { Verdict } from './result.ts';
import { PASS, fail } from './result.ts';
import { seeded } from './seeded.ts';

/**
 * Relative steps of the finite differences. Each is a quarter of the one before, so the error of a central difference, which is quadratic in
 * the step, falls to a sixteenth.
 */
const STEPS: readonly number[] = [2 ** -8, 2 ** -10, 2 ** -12, 2 ** -14, 2 ** -16, 2 ** -18, 2 ** -20];

/** Relative tolerance of a derivative: extrapolated differences are far more accurate, and any mistake is far larger. */
const TOLERANCE = 1e-5;

/** Relative rounding error of a sum: that of `value` itself, and of a few additions. */
const ROUNDING = 16 * 2 ** -52;

/** Query and key positions from the start of a sequence to far from it, with distances of both signs. */
const WIDE = { query: [0, 1, 3, 18, 41, 600, 3000], key: [0, 2, 5, 14, 43, 590, 2990] };

/** One case for each case of a family: `adjoint/t5`, `adjoint/t5.causal`. */
export function adjointCases(definition: FamilyDefinition): Case[] {
  return definition.cases.map((familyCase, index) => ({
    name: `adjoint/${definition.name}${index === 0 ? '' : `.${familyCase.name}`}`,
    family: definition.name,
    judge: async () => {
      const known = judged.get(familyCase);
      if (known !== undefined) return known;
      const verdict = underFamily(definition, familyCase, 'the check of its gradients', () =>
        judgeAdjoint(definition, familyCase),
      );
      judged.set(familyCase, verdict);
      return verdict;
    },
  }));
}

/** Verdicts by family case: they do not depend on the backend. */
const judged = new WeakMap<FamilyCase, Verdict>();

function judgeAdjoint(definition: FamilyDefinition, familyCase: FamilyCase): Verdict {
  // More than one head, so mixing up heads shows.
  const heads = familyCase.heads?.find((one) => one > 1) ?? familyCase.heads?.[0] ?? 2;
  const draws: number[] = [];
  const random = seeded(`adjoint/${definition.name}.${familyCase.name}`);
  const create = (next: () => number): Bias => biasOf(definition, familyCase, heads, next);
  const bias = create(() => {
    // Away from 0 and 1, so a step stays between them.
    draws.push(0.01 + 0.98 * random());
    return draws[draws.length - 1];
  });
  const recreate = (index: number, step: number): Bias => {
    let place = 0;
    return create(() => {
      const drawn = draws[place] + (place === index ? step : 0);
      place += 1;
      return drawn;
    });
  };
  for (const positions of positionsOf(bias, familyCase)) {
    const wrong = wrongDerivative(bias, heads, positions, draws.length, recreate);
    if (wrong !== null) return fail(wrong);
  }
  return PASS;
}

/** Positions near the start, far from it, and at the distances that the family names. */
function positionsOf(bias: Bias, { tokens, distances = [] }: FamilyCase): Positions[] {
  if (tokens !== undefined && bias.defaultPositions !== undefined) {
    return [explicitPositions(1, tokens, tokens, bias.defaultPositions(tokens, tokens))];
  }
  const sizes = [...new Set(distances.flatMap((one) => [one - 1, one, one + 1]).flatMap((one) => [one, -one]))];
  return [
    contiguousPositions(1, 5, 9),
    explicitPositions(1, WIDE.query.length, WIDE.key.length, WIDE),
    // A query at 0 has keys at each of these distances; a query at 19 has them at others.
    ...(sizes.length === 0 ? [] : [explicitPositions(1, 2, sizes.length, { query: [0, 19], key: sizes })]),
  ];
}

/** The first wrong derivative at these positions, in a sentence; null where all are right. */
function wrongDerivative(
  bias: Bias,
  heads: number,
  positions: Positions,
  draws: number,
  recreate: (draw: number, step: number) => Bias,
): string | null {
  const pairs = weightedPairs(bias, heads, positions);
  const lowered = bias.lower(positions);
  const gradient = zeroTermGradients(lowered);
  for (const { weight, head, row, distance } of pairs) addToGradients(lowered, gradient, weight, head, row, distance);
  const gradients = bias.adjoint(positions, gradient);

  const learned = Object.entries(bias.parameters).filter(([, parameter]) => parameter.learned);
  const names = learned.map(([name]) => name).toSorted();
  const given = Object.keys(gradients).toSorted();
  if (given.join() !== names.join())
    return `adjoint: got gradients of ${show(given)}, want those of the learned parameters, ${show(names)}.`;
  for (const [name, { data }] of learned) {
    const { length } = gradients[name];
    if (length !== data.length) return `adjoint: got ${length} numbers for ${name}, want ${data.length}.`;
    const odd = gradients[name].findIndex((one) => !Number.isFinite(one));
    if (odd !== -1) return `adjoint: got ${gradients[name][odd]} for ${name}[${odd}], want a finite number.`;
  }

  const silent = learned.filter(([name, { data }]) => gradients[name].some((one) => one !== 0) && !isRead(bias, data, pairs));
  if (silent.length > 0) return wrongAlongDraws(silent.map(([name]) => name));
  const values = pairs.map((pair) => valueAt(bias, pair));
  for (const [name, { data }] of learned) {
    for (let index = 0; index < data.length; index++) {
      const kept = data[index];
      const unit = Math.max(1e-3, Math.abs(kept));
      const stepped = <T>(step: number, look: () => T): T => {
        data[index] = kept + step;
        try {
          return look();
        } finally {
          data[index] = kept;
        }
      };
      // Few pairs read any one number of a table; the differences of the other pairs are 0.
      const differ = (): Pair[] => pairs.filter((pair, place) => valueAt(bias, pair) !== values[place]);
      const moved = new Set([unit, -unit].flatMap((one) => stepped(one * STEPS[0], differ)));
      // If no pair shows a change, the change may be smaller than the rounding errors.
      const readers = moved.size === 0 ? pairs : pairs.filter((pair) => moved.has(pair));
      const wrong = wrongSlope(gradients[name][index], unit, (step) => stepped(step, () => sumOf(bias, readers)));
      if (wrong !== null) return `adjoint: ${name}[${index}]: ${wrong}`;
    }
  }
  return null;

  /**
   * For a bias that copies its numbers, where stepping `parameters` has no effect. The random draws that its numbers were made from can be
   * changed instead: the gradients of all parameters together must predict the change of `value`.
   */
  function wrongAlongDraws(copied: readonly string[]): string | null {
    const moved = new Set<string>();
    for (let draw = 0; draw < draws; draw++) {
      const along = (step: number): { readonly sum: number; readonly size: number } => {
        const other = recreate(draw, step);
        const { sum, size } = sumOf(other, pairs);
        let folded = 0;
        for (const [name, { data }] of learned) {
          const { data: others } = other.parameters[name];
          if (others.some((one, index) => one !== data[index])) moved.add(name);
          others.forEach((one, index) => (folded += gradients[name][index] * (one - data[index])));
        }
        return { sum: sum - folded, size: size + Math.abs(folded) };
      };
      const scale = Math.max(...learned.flatMap(([name]) => [...gradients[name]].map(Math.abs)));
      const wrong = wrongSlope(0, 1e-2, along, scale);
      if (wrong !== null) return `adjoint: along draw ${draw} of create, the difference from the slope of value: ${wrong}`;
    }
    const stuck = copied.find((name) => !moved.has(name));
    if (stuck === undefined) return null;
    return `adjoint: the gradient of ${stuck} cannot be checked, because changing parameters.${stuck}.data changes no value. Read the numbers from there in value and lower.`;
  }
}

interface Pair {
  readonly weight: number;
  readonly head: number;
  readonly row: number;
  readonly distance: number;
  readonly queryPosition: number;
}

/** Every visible pair, each with another weight: the loss is the sum of weight * bias. */
function weightedPairs(bias: Bias, heads: number, { queries, keys, query, key }: Positions): Pair[] {
  const random = seeded('adjoint/weights');
  const pairs: Pair[] = [];
  for (let row = 0; row < queries; row++) {
    for (let j = 0; j < keys; j++) {
      for (let head = 0; head < heads; head++) {
        const weight = (random() < 0.5 ? -1 : 1) * (0.5 + random());
        const pair = { weight, head, row, distance: query[row] - key[j], queryPosition: query[row] };
        // A hidden pair (-Infinity) has no slope.
        if (Number.isFinite(bias.value(head, pair.distance, pair.queryPosition))) pairs.push(pair);
      }
    }
  }
  return pairs;
}

function valueAt(bias: Bias, { head, distance, queryPosition }: Pair): number {
  return bias.value(head, distance, queryPosition);
}

function sumOf(bias: Bias, pairs: readonly Pair[]): { readonly sum: number; readonly size: number } {
  let sum = 0;
  let size = 0;
  for (const pair of pairs) {
    const one = pair.weight * valueAt(bias, pair);
    sum += one;
    size += Math.abs(one);
  }
  return { sum, size };
}

/** Whether `value` reads these numbers. */
function isRead(bias: Bias, data: Float64Array, pairs: readonly Pair[]): boolean {
  const kept = data.slice();
  const before = sumOf(bias, pairs).sum;
  try {
    // Each by another factor, so the changes do not cancel.
    data.forEach((one, index) => (data[index] = one * (1 + 0.01 * Math.sin(index + 1)) + 1e-3 * Math.cos(index + 1)));
    return sumOf(bias, pairs).sum !== before;
  } finally {
    data.set(kept);
  }
}

/**
 * Checks a slope at 0 against central differences at smaller and smaller steps, extrapolated where two of them agree best. At a kink, where
 * the slopes on both sides differ, any slope between them is right.
 *
 * @param scale - the tolerance is relative to the slope or to this, whichever is larger.
 */
function wrongSlope(
  got: number,
  unit: number,
  at: (step: number) => { readonly sum: number; readonly size: number },
  scale = 0,
): string | null {
  const here = at(0);
  const rows = STEPS.map((share) => {
    const h = share * unit;
    const [up, down] = [at(h), at(-h)];
    const noise = (ROUNDING * Math.max(up.size, down.size, here.size)) / h;
    return { central: (up.sum - down.sum) / (2 * h), right: (up.sum - here.sum) / h, left: (here.sum - down.sum) / h, noise };
  });
  let [want, doubt, noise] = [NaN, Infinity, 0];
  for (let index = 1; index < rows.length; index++) {
    const [coarse, fine] = [rows[index - 1], rows[index]];
    const apart = Math.abs(fine.central - coarse.central) + fine.noise;
    if (apart >= doubt) continue;
    [want, doubt, noise] = [fine.central + (fine.central - coarse.central) / 15, apart, fine.noise];
  }
  const allowed = TOLERANCE * Math.max(Math.abs(want), scale) + 4 * noise;
  const gap = ({ left, right, noise: own }: (typeof rows)[number]): number => Math.abs(right - left) + own;
  const edge = rows.reduce((least, row) => (gap(row) < gap(least) ? row : least));
  const [low, high] = [Math.min(edge.left, edge.right), Math.max(edge.left, edge.right)];
  const kinked = doubt > 10 * allowed || high - low > 1e-3 * Math.max(Math.abs(low), Math.abs(high), scale) + 4 * edge.noise;
  if (kinked ? got >= low - allowed && got <= high + allowed : Math.abs(got - want) <= allowed + doubt) return null;
  return `got ${got}, want ${kinked ? `a number from ${low} to ${high}` : want} by finite differences of value.`;
}
