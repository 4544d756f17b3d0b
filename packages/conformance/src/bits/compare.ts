// Compares a result with the reference bit by bit, and hashes it, so two machines need to compare only one word.
import type { AttentionPlan, AttentionResult } from '@relbias/bias-spec';
import { shapesOf } from '@relbias/bias-spec';
import { hashWords, hexWord } from '@relbias/bias-spec/reproducible';
import { unravel } from '../compare.ts';
import type { Verdict } from '../result.ts';
import { fail } from '../result.ts';

/** What is compared. */
export interface Bits {
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
}

/** The hash of a case: FNV-1a over the words of the output, then of the log-sum-exp. */
export function hashOf({ output, logSumExp }: Bits): string {
  return hexWord(hashWords(logSumExp, hashWords(output)));
}

/** The two tensors of a result, or what is wrong with it. */
export function bitsOf({ output, logSumExp }: AttentionResult): Bits | string {
  if (logSumExp === undefined) return 'The log-sum-exp that was asked for is missing.';
  const wrong = [output, logSumExp].some(({ data, dtype }) => dtype !== 'float32' || !(data instanceof Float32Array));
  return wrong ? 'The result is not float32 over Float32Arrays.' : { output: output.data, logSumExp: logSumExp.data };
}

/** Passes if no bit differs. The verdict has the hash of the result. */
export function compareBits(plan: AttentionPlan, got: Bits, want: Bits): Verdict {
  const bits = hashOf(got);
  const shapes = shapesOf(plan);
  for (const tensor of ['output', 'logSumExp'] as const) {
    if (got[tensor].length !== want[tensor].length) {
      return { ...fail(`${tensor}: got ${got[tensor].length} numbers, want ${want[tensor].length}.`), bits };
    }
    const [gotWords, wantWords] = [wordsOf(got[tensor]), wordsOf(want[tensor])];
    const differing = wantWords.reduce((count, word, index) => count + Number(word !== gotWords[index]), 0);
    if (differing === 0) continue;
    const index = wantWords.findIndex((word, place) => word !== gotWords[place]);
    const place = `${tensor}[${unravel(index, shapes[tensor]).join(', ')}]`;
    const show = (words: Uint32Array, numbers: Float32Array): string => `0x${hexWord(words[index])} (${numbers[index]})`;
    const reason =
      `${place}: got ${show(gotWords, got[tensor])}, want ${show(wantWords, want[tensor])}; ` +
      `${differing} of ${wantWords.length} numbers have other bits; hash ${bits}, want ${hashOf(want)}.`;
    return { ...fail(reason), bits };
  }
  return { status: 'pass', reason: null, worst: null, margin: null, bits };
}

function wordsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
