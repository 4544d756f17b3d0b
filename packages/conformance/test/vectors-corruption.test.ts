// The comparison can fail: each number field of each case, changed to just beyond its tolerance, is caught at its index.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { judgeVectors, parseVectors } from '@relbias/conformance';
import type { VectorResult } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

type Json = { [name: string]: Json } | Json[] | number | string | null;
interface RawCase {
  id: string;
  compare: string;
  expected: Record<string, Json>;
  exactArithmetic?: { disagreeingOffsets: number[][] };
}

/** Remarks in the files, which are not compared. */
const REMARKS = /^(layout|signedNote|causalNote|norm|raises|.*MaxAbsDiff|.*MaxRelDiff|maxAbsDifference.*)$/;

const folder = path.join(import.meta.dirname, '../vectors');
const files = readdirSync(folder)
  // Bitwise cases have encoded numbers: bits.test.ts corrupts them.
  .filter((name) => name.endsWith('.json') && name !== 'reproducible.json')
  .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as { file: string; cases: RawCase[] });

describe.each(files)('$file', ({ cases }) => {
  const compared = cases.filter(({ compare }) => compare !== 'record-only');

  test('a change of one number of a field is caught at that number', () => {
    let nudged = 0;
    for (const one of compared) {
      for (const { place, was, holder, key } of someNumbers(one.expected)) {
        const now = nudge(one.compare, place, was);
        holder[key] = now;
        const result = judge(one);
        holder[key] = was;
        nudged += 1;
        expect(result, `${one.id} ${place}: ${was} -> ${now}`).toMatchObject({ status: 'fail', worst: { want: now } });
        expect(result.reason).toContain(`want ${now}`);
        expect(result.worst?.tensor.startsWith(place), `${one.id} ${place}: ${result.reason}`).toBe(true);
      }
    }
    expect(nudged).toBeGreaterThanOrEqual(compared.filter(({ expected }) => expected['raises'] === undefined).length);
  });

  test('an expected field that is not computed is not ignored', () => {
    const one = compared.find(({ expected }) => expected['raises'] === undefined);
    const result = judge({ ...(one as RawCase), expected: { ...one?.expected, unheardOf: [1] } });
    expect(result).toMatchObject({
      status: 'fail',
      reason: expect.stringContaining('Not judged: nothing here computes or compares expected.unheardOf'),
    });
  });
});

test('a wrong claim about exact arithmetic is caught', () => {
  const buckets = files
    .find(({ file }) => file === 't5-buckets')
    ?.cases.find((one) => one.exactArithmetic !== undefined) as RawCase;
  const claiming = (row: number[]): VectorResult => judge({ ...buckets, exactArithmetic: { disagreeingOffsets: [row] } });
  expect(claiming([-40, 1, 99]).reason).toMatch(/^rle \(exact arithmetic\).*relativePosition -40.*want 99/);
  // A claim about an offset that the case does not ask for, or about another reference than its own, is no claim about the case.
  for (const row of [
    [-5000, 1, 1],
    [-40, 0, 1],
  ]) {
    const reason = expect.stringMatching(/^Not judged: exactArithmetic\.disagreeingOffsets: .* at the offset -\d+\.$/) as string;
    expect(claiming(row)).toMatchObject({ status: 'fail', reason });
  }
});

test('a tensor that does not fill its shape, and a layout that is unknown, are not judged', () => {
  const all = files.flatMap(({ cases }) => cases as (RawCase & { kind: string; input: Record<string, Json> })[]);
  const changed = (kind: string, name: string, value: Json): VectorResult => {
    const one = all.find((raw) => raw.kind === kind && raw.input[name] !== undefined);
    if (one === undefined) throw new Error(`no case of the kind ${kind} with ${name}`);
    expect(judge(one).status).toBe('pass');
    return judge({ ...one, input: { ...one.input, [name]: value } } as RawCase);
  };
  for (const name of ['q', 'k', 'v', 'outputGradient']) {
    const reason = expect.stringContaining(`Not judged: input.${name}: got {"shape":[1],"data":[1]}, wanted`) as string;
    expect(changed('attention', name, { shape: [1], data: [1] })).toMatchObject({ status: 'fail', reason });
  }
  const reason = expect.stringContaining('Not judged: input.tableLayout: got "heads-buckets"') as string;
  expect(changed('bias', 'tableLayout', 'heads-buckets')).toMatchObject({ status: 'fail', reason });
});

test('a case that the published code computes and the spec refuses fails, and vice versa', () => {
  const all = files.flatMap(({ cases }) => cases);
  const raising = all.find(({ expected }) => expected['raises'] !== undefined) as RawCase;
  const bucket = all.find(({ id }) => id.startsWith('t5-buckets/causal/32/128')) as RawCase;
  expect(judge(raising).status).toBe('pass');
  expect(judge({ ...bucket, exactArithmetic: undefined, expected: { raises: 'ValueError' } })).toMatchObject({
    status: 'fail',
    reason: 'The reference raises "ValueError", the spec computes an answer.',
  });
  const refused = { ...raising, expected: { rle: [0, 4097] } };
  expect(judge({ ...refused, degenerate: false } as RawCase)).toMatchObject({
    status: 'fail',
    reason: expect.stringMatching(/^Refused: /),
  });
  expect(judge(refused)).toMatchObject({ status: 'recorded', reason: expect.stringMatching(/^Refused: /) });
});

function judge(one: RawCase): VectorResult {
  const [result] = judgeVectors([
    parseVectors(JSON.stringify({ format: 'attention-bias-vectors/1', file: 'corrupted', cases: [one] }), 'corrupted'),
  ]);
  return result;
}

interface Place {
  /** The name of the field in results. */
  readonly place: string;
  readonly was: number;
  readonly holder: Json[];
  readonly key: number;
}

/** For each number field of `expected`, its middle finite number. */
function someNumbers(expected: Record<string, Json>, prefix = ''): Place[] {
  return Object.entries(expected).flatMap(([name, value]): Place[] => {
    if (REMARKS.test(name)) return [];
    const place = prefix + name;
    if (typeof value === 'number')
      return [{ place, was: value, holder: expected as unknown as Json[], key: name as unknown as number }];
    if (Array.isArray(value)) return middle(place, name === 'rle' ? value.slice(0, 2) : value, value);
    if (typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value['data'])) return middle(place, value['data'], value['data']);
    return someNumbers(value, `${place}.`);
  });
}

function middle(place: string, candidates: Json[], holder: Json[]): Place[] {
  if (Array.isArray(candidates[0])) {
    const row = holder[Math.floor(holder.length / 2)] as Json[];
    return middle(place, row, row);
  }
  const indices = [...candidates.keys()].filter((index) => typeof candidates[index] === 'number');
  if (indices.length === 0) return [];
  const key = candidates === holder ? indices[Math.floor(indices.length / 2)] : 0;
  return [{ place, was: holder[key] as number, holder, key }];
}

/** A number that the comparison must refuse: the next one where it is exact, four tolerances away where it is not. */
function nudge(compare: string, place: string, was: number): number {
  if (compare === 'exact-int') return was + 1;
  if (compare === 'exact-float32' || compare.includes(`exact-float32 against expected.${place}`))
    return shortest(nextFloat32(was));
  if (compare === 'exact') return was + 2 ** -40;
  const tolerance = Number(/\d(?:\.\d+)?e-\d+/.exec(compare)?.[0]);
  // `scaled-by-max` allows more than the number's own size would; 40 covers the largest tensors of the files.
  const scale =
    compare.startsWith('relative') || compare.startsWith('tolerance: relative') ? Math.abs(was) : 10 * (1 + Math.abs(was));
  return was + 4 * tolerance * Math.max(scale, Number.MIN_VALUE * 2 ** 60);
}

function nextFloat32(value: number): number {
  const bits = new Int32Array(Float32Array.of(value === 0 ? 2 ** -140 : value).buffer);
  bits[0] += 1;
  return new Float32Array(bits.buffer)[0];
}

/** The shortest decimal that names a float32, as the files write them. */
function shortest(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

test('a run-length list of absurd length is refused, not expanded', () => {
  const buckets = files.find(({ file }) => file === 't5-buckets')?.cases[0] as RawCase;
  const asked = { ...buckets, input: { relativePosition: { from: -1e9, to: 1e9 } } };
  expect(judge(asked).reason).toContain('input.relativePosition');
  const { exactArithmetic: _, ...plain } = buckets;
  expect(judge({ ...plain, expected: { rle: [0, 1e12] } }).reason).toContain('expected.rle is not in an encoding');
});
