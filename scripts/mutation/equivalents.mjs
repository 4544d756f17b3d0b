// Mutants that behave exactly like the code, each with the reason. An entry is an error if it matches no mutant any more, because its line has
// changed, or if a test kills its mutant.

/**
 * @typedef {object} Equivalent
 * @property {string} file relative to the workspace
 * @property {string} line the whole line of the source, without the spaces around it
 * @property {readonly string[]} changes as the command prints them: `code -> what it becomes`, with `#2` where a line has the same one twice
 * @property {string} reason
 */

/** @type {readonly Equivalent[]} */
export const EQUIVALENTS = [
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: "return requireInteger('t5.numBuckets', given, 1, MAX_BUCKETS);",
    changes: ['1 -> 0'],
    reason: 'No buckets at all are refused where the thresholds are computed, with the same class of error.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: "const maxDistance = requireInteger('t5.maxDistance', others.maxDistance ?? 128, 1, UNBOUNDED);",
    changes: ['1 -> 0'],
    reason: 'A maxDistance of 0 is within the exact buckets, which is refused with the same class of error.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: 'return m <= 0 ? bucket : firstWhere(maxExact * ratio ** (m / steps), (n) => scale(n, m) >= 0);',
    changes: ['m <= 0 -> m < 0', 'maxExact * ratio ** (m / steps) -> maxExact / ratio ** (m / steps)'],
    reason: 'The scale is 0 at maxExact, the first logarithmic bucket; and the search ends at the same number from any guess.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: 'if (bucket >= 2 * size || (future && side === 0) || starts[side] === starts[side + 1]) return null;',
    changes: ['bucket >= 2 * size -> bucket > 2 * size'],
    reason: 'The bucket that is left over by halving is on side 0 in the future, which the next condition excludes.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: "const nb = requireInteger('bookBuckets.nb', read.nb, 1, MAX_BUCKETS - 1);",
    changes: ['1 -> 0 #1', '1 -> 0 #2'],
    reason: 'Both bounds are odd and the numbers next to them even, which are refused with the same class of error.',
  },
  {
    file: 'packages/bias-spec/src/half.ts',
    line: 'if (size >= 65520) return sign | 0x7c00;',
    changes: ['size >= 65520 -> size > 65520'],
    reason: 'The midpoint itself rounds up to 2048 units, and the carry makes the exponent field infinity too.',
  },
  {
    file: 'packages/bias-spec/src/future.ts',
    line: "if (distance >= 0 || future === 'signed') return distance;",
    changes: ['distance >= 0 -> distance > 0', '0 -> 1'],
    reason: 'Distance 0 is 0 on every path.',
  },
  {
    file: 'packages/bias-spec/src/families/sandwich.ts',
    line: "const dimension = requireInteger('sandwich.dimension', options.dimension ?? 128, 2, MAX_DIMENSION);",
    changes: ['2 -> 1'],
    reason: '1 is odd, which is refused with the same class of error.',
  },
  {
    file: 'packages/bias-spec/src/families/alibi-slopes.ts',
    line: 'for (let head = 0; head < heads; head++) {',
    changes: ['head < heads -> head <= heads'],
    reason: 'A typed array ignores writes past its end.',
  },
  {
    file: 'packages/bias-spec/src/families/swin.ts',
    line: "requireInteger('height', height, 1);",
    changes: ['1 -> 0'],
    reason: 'With a height of 0 the size of the window is below 1 or, with a width of 0 as well, the width is refused.',
  },
  {
    file: 'packages/bias-spec/src/families/swin.ts',
    line: "requireInteger('width', width, 1);",
    changes: ['1 -> 0'],
    reason: 'As for the height.',
  },
  {
    file: 'packages/bias-spec/src/silu-network.ts',
    line: 'for (; output + 4 <= sums.length; output += 4) {',
    changes: [
      'output + 4 <= sums.length -> false',
      'output + 4 <= sums.length -> output + 4 < sums.length',
      'output + 4 -> output - 4',
      '4 -> 3 #1',
    ],
    reason: 'Four at a time is for speed: the loop after it gives the same sums, and a typed array ignores writes past its end.',
  },
  {
    file: 'packages/bias-spec/src/silu-network.ts',
    line: 'for (; output < sums.length; output++) {',
    changes: ['output < sums.length -> output <= sums.length'],
    reason: 'A typed array ignores writes past its end.',
  },
  {
    file: 'packages/bias-spec/src/toeplitz.ts',
    line: 'if (weight !== 0) addGradient(gradients, weight, head, minDistance + index);',
    changes: ['weight !== 0 -> true'],
    reason: 'A weight of 0 adds 0; the condition saves time.',
  },
  {
    file: 'packages/bias-spec/src/toeplitz.ts',
    line: 'return defaultPositions === undefined ? bias : { ...bias, defaultPositions };',
    changes: ['defaultPositions === undefined -> false'],
    reason: 'An undefined property reads like a missing one.',
  },
  {
    file: 'packages/bias-spec/src/toeplitz.ts',
    line: 'for (let head = 0; head < heads; head++)',
    changes: ['head < heads -> head <= heads'],
    reason: 'Writes for a head past the last are past the end of the array, which ignores them.',
  },
];
