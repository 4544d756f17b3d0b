// The file format `reproducible-attention/1`: problems with the bits of the reproducible profile, from an independent implementation.
import type { Bias, Tensor } from '@relbias/bias-spec';
import { none, planAttention, toeplitzBias } from '@relbias/bias-spec';
import type { PartialRows } from '@relbias/bias-spec/reproducible';
import { MASKED, hashWords, hexWord, logitScale, reproducibleAttention } from '@relbias/bias-spec/reproducible';
import type { Verdict } from '../result.ts';
import type { Bag } from '../vectors/format.ts';
import { FormatError } from '../vectors/format.ts';
import type { Bits } from './compare.ts';
import { compareBits } from './compare.ts';
import type { BitsScenario } from './judge.ts';
import { tensorOf } from './tensor.ts';

/** One case: canonical inputs, the prepared bias, and the bits of all results. */
export interface BitsVector {
  readonly id: string;
  readonly scenario: BitsScenario;
  readonly logitScale: number;
  readonly expected: Bits & PartialRows;
  /** FNV-1a over output, row sum and row maximum, the last as float32. */
  readonly hash: string;
}

/** Reads the fields of one case. @throws FormatError naming what is missing or of another type or length. */
export function readBitsVector(bag: Bag): BitsVector {
  const [queries, keys, headDim] = ['queries', 'keys', 'headDim'].map((name) => bag.number(name));
  const dtype = bag.text('dtype');
  if (dtype !== 'float32' && dtype !== 'bfloat16' && dtype !== 'float16') return bag.refuse('dtype', 'a dtype');
  const floats = (name: string, length: number): Float32Array => new Float32Array(bytes(bag, name, length).buffer);
  // The inputs are exact in their dtype, so rounding to it changes nothing.
  const input = (name: string, rows: number): Tensor => tensorOf(floats(name, rows * headDim), [1, 1, rows, headDim], dtype);
  const [queryStart, scale] = [bag.number('queryStart'), bag.number('scale')];
  const prepared = floats('preparedBias', queries + keys - 1);
  return {
    id: bag.text('id'),
    scenario: {
      problem: {
        heads: 1,
        queries,
        keys,
        headDim,
        bias: givenBias((distance) => prepared[queryStart - distance + queries - 1]),
        scale,
        // The bias is given in units of the score.
        biasScale: scale,
        queryStart,
        mask: { causal: bag.boolean('causal') },
        numerics: 'reproducible',
      },
      query: input('q', queries),
      key: input('k', keys),
      value: input('v', keys),
    },
    logitScale: bag.number('c16'),
    expected: {
      output: floats('output', queries * headDim),
      logSumExp: floats('logSumExp', queries),
      sums: new Float32Array(queries * headDim),
      rowSum: floats('rowSum', queries),
      rowMax: new Int32Array(bytes(bag, 'rowMax', queries).buffer),
    },
    hash: bag.text('hash'),
  };
}

/** Checks the reference with one case: every bit must match, those of intermediate results too. */
export function judgeBitsVector({
  scenario,
  logitScale: scale,
  expected,
  hash,
}: BitsVector): Verdict & { readonly compared: number } {
  const plan = planAttention(scenario.problem);
  const { rows, ...got } = reproducibleAttention(plan, scenario.query, scenario.key, scenario.value);
  const verdict = compareBits(plan, got, expected);
  const gotHash = hexWord(hashWords(Float32Array.from(rows.rowMax), hashWords(rows.rowSum, hashWords(got.output))));
  const wrong = [
    ...(logitScale(plan.scale) === scale ? [] : [`c16: got ${logitScale(plan.scale)}, want ${scale}.`]),
    ...(rows.rowSum.join() === expected.rowSum.join() ? [] : ['The row sums differ.']),
    ...(rows.rowMax.join() === expected.rowMax.join() ? [] : ['The row maxima differ.']),
    ...(gotHash === hash ? [] : [`hash: got ${gotHash}, want ${hash}.`]),
  ];
  const compared = got.output.length + 3 * rows.rowSum.length;
  if (wrong.length === 0) return { ...verdict, compared };
  return { ...verdict, status: 'fail', reason: [...wrong, verdict.reason ?? ''].join(' ').trim(), compared };
}

/** A bias from a list of numbers, in which MASKED hides the pair. */
function givenBias(at: (distance: number) => number): Bias {
  return toeplitzBias({
    family: 'given',
    heads: 1,
    convention: none().convention,
    parameters: {},
    value: (_head, distance) => (at(distance) === MASKED ? -Infinity : at(distance)),
    addGradient: () => {},
  });
}

/** base64 of `length` little-endian words. */
function bytes(bag: Bag, name: string, length: number): Uint8Array<ArrayBuffer> {
  const text = bag.text(name);
  let decoded: string;
  try {
    decoded = atob(text);
  } catch (error) {
    throw new FormatError(`${bag.what}.${name}: not base64`, { cause: error });
  }
  if (decoded.length !== 4 * length) {
    throw new FormatError(`${bag.what}.${name}: got ${decoded.length} bytes, wanted ${4 * length}`);
  }
  return Uint8Array.from(decoded, (letter) => letter.charCodeAt(0));
}
