// Mutants that no test can tell from the code, each with the reason. An entry that matches no mutant any more, because its line has
// changed, is an error, and so is one whose mutant a test kills: neither says what is true.

/**
 * @typedef {object} Equivalent
 * @property {string} file relative to the workspace
 * @property {string} line the whole line of the source, without the spaces around it
 * @property {readonly string[]} changes as the command prints them: `code -> what it becomes`
 * @property {string} reason
 */

/** @type {readonly Equivalent[]} */
export const EQUIVALENTS = [
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: "const numBuckets = requireInteger('t5.numBuckets', options.numBuckets ?? 32, 1, MAX_BUCKETS);",
    changes: ['1 -> 0'],
    reason: 'No bucket at all is refused a few lines further down, by the same class of error.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: "const maxDistance = requireInteger('t5.maxDistance', options.maxDistance ?? 128, 1, UNBOUNDED);",
    changes: ['1 -> 0'],
    reason: 'A maxDistance of 0 lies within the exact buckets, which is refused by the same class of error.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: 'return m <= 0 ? bucket : firstWhere(maxExact * ratio ** (m / steps), (n) => scale(n, m) >= 0);',
    changes: ['m <= 0 -> m < 0', 'maxExact * ratio ** (m / steps) -> maxExact / ratio ** (m / steps)'],
    reason:
      'The scale is 0 at maxExact, which is bucket 0 of the logarithmic ones; and the search ends at the same number from any guess.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: 'if (bucket >= 2 * size || (future && side === 0) || starts[side] === starts[side + 1]) return null;',
    changes: ['bucket >= 2 * size -> bucket > 2 * size'],
    reason: 'The bucket that halving leaves over has side 0 in the future, which the next condition says is dead.',
  },
  {
    file: 'packages/bias-spec/src/buckets/t5.ts',
    line: "const nb = requireInteger('bookBuckets.nb', options.nb, 1, MAX_BUCKETS - 1);",
    changes: ['1 -> 0'],
    reason: 'Both bounds are odd and the numbers beside them even, which is refused by the same class of error.',
  },
  {
    file: 'packages/bias-spec/src/half.ts',
    line: 'if (size >= 65520) return sign | 0x7c00;',
    changes: ['size >= 65520 -> size > 65520'],
    reason: 'The middle itself rounds up to 2048 units, whose carry makes infinity of the exponent field, too.',
  },
  {
    file: 'packages/bias-spec/src/future.ts',
    line: "if (distance >= 0 || future === 'signed') return distance;",
    changes: ['distance >= 0 -> distance > 0', '0 -> 1'],
    reason: 'Distance 0 is 0 on every road.',
  },
];
