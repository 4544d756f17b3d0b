// One attention under both profiles, for display: how far backends differ under the fast profile, and the common hash under the other. It checks
// nothing.
import type { AttentionProblem, Backend, Numerics, RanOn } from '@relbias/bias-spec';
import { UnsupportedError, planAttention, shapesOf, t5Family } from '@relbias/bias-spec';
import { elementCount } from '@relbias/bias-spec/backend';
import { hashWords, hexWord } from '@relbias/bias-spec/reproducible';
import { bellShaped, seeded } from '../seeded.ts';

/** The same attention under both profiles on one backend. */
export interface BitsDemonstration {
  readonly ranOn: RanOn;
  /** The output under the fast profile: float32 numbers, which JSON keeps exactly; null where the backend refuses. */
  readonly fast: readonly number[] | null;
  /** The hash of the output under the reproducible profile, eight hexadecimal digits; null where the backend refuses. */
  readonly reproducible: string | null;
}

/** The difference between two outputs of the fast profile. */
export interface FastDifference {
  /** How many numbers differ. */
  readonly differing: number;
  readonly of: number;
  /** The largest difference, counted in float32 numbers (ulp). Near 0 there are many of them. */
  readonly mostUlp: number;
  /** The largest difference. */
  readonly most: number;
}

/** T5 bias, four heads, 40 queries and 700 keys: enough for every order of summation to show. */
const DEMONSTRATION = 'demonstration of bits';

/**
 * Runs the demonstration's attention (T5 bias, float32 inputs drawn from a fixed seed) on a backend under both profiles.
 *
 * @throws whatever the backend throws, except that it refuses a profile.
 * @example
 * const { reproducible } = await demonstrateBits(bitsBackend());
 * reproducible; // the same eight digits on every backend
 */
export async function demonstrateBits(backend: Backend): Promise<BitsDemonstration> {
  const random = seeded(DEMONSTRATION);
  const bias = t5Family.initialise(4, random);
  const problem: AttentionProblem = { heads: 4, queries: 40, keys: 700, headDim: 32, bias };
  const shapes = shapesOf(planAttention(problem));
  const [query, key, value] = [shapes.query, shapes.key, shapes.value].map((shape) =>
    Float32Array.from({ length: elementCount(shape) }, () => bellShaped(random)),
  );
  const outputOf = async (numerics: Numerics): Promise<Float32Array | null> => {
    try {
      const prepared = await backend.prepare({ ...problem, numerics });
      try {
        return (await prepared.run(query, key, value)).output.data;
      } finally {
        prepared.dispose();
      }
    } catch (error) {
      if (error instanceof UnsupportedError) return null;
      throw error;
    }
  };
  const fast = await outputOf('fast');
  const reproducible = await outputOf('reproducible');
  return {
    ranOn: { ...backend.ranOn },
    fast: fast && [...fast],
    reproducible: reproducible && hexWord(hashWords(reproducible)),
  };
}

/**
 * The difference between two outputs of the fast profile.
 *
 * @example
 * fastDifference([1, 2], [1, 2.5]); // { differing: 1, of: 2, mostUlp: 2097152, most: 0.5 }
 */
export function fastDifference(first: readonly number[], second: readonly number[]): FastDifference {
  const [a, b] = [ranks(first), ranks(second)];
  const apart = a.map((rank, index) => Math.abs(rank - b[index]));
  return {
    differing: apart.filter((one) => one > 0).length,
    of: a.length,
    mostUlp: Math.max(...apart),
    most: Math.max(...first.map((number, index) => Math.abs(number - second[index]))),
  };
}

/** The index of each number among all float32 numbers; 0 has index 0. */
function ranks(numbers: readonly number[]): number[] {
  const words = new Int32Array(Float32Array.from(numbers).buffer);
  return Array.from(words, (word) => (word < 0 ? -(word & 0x7fffffff) : word));
}
