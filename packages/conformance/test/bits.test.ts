// Tests of the bitwise cases: reproducible attention passes all of them, and every saboteur is caught by the case it names.
import {
  bitsBackend,
  bitsCases,
  findCase,
  formatMatrix,
  judgeVectors,
  mergeReports,
  naiveBackend,
  parseVectors,
  runCase,
  runConformance,
  vectorCases,
} from '@relbias/conformance';
import { HASH_START, PROOFS, hexWord } from '@relbias/bias-spec/reproducible';
import { bitsSaboteurs } from '@relbias/conformance/saboteurs';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface RawCase {
  [name: string]: string;
}

const vectorsText = readFileSync(new URL('../vectors/reproducible.json', import.meta.url), 'utf8');

/** The same base64 with one bit of its first byte changed. */
function flipped(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[0] ^= 1;
  return bytes.toString('base64');
}

test('reproducible attention without a fault passes every case', async () => {
  const report = await runConformance(bitsBackend(), { cases: bitsCases() });
  expect(report.results.filter(({ status }) => status !== 'pass')).toEqual([]);
});

describe('saboteurs of bits', () => {
  for (const { name, backend, caughtBy, passes } of bitsSaboteurs) {
    test(`${name} is caught by ${caughtBy}`, async () => {
      const caught = await runCase(findCase(caughtBy), backend());
      expect(caught).toMatchObject({
        status: 'fail',
        reason: expect.stringMatching(/^(output|logSumExp)\[.*0x[0-9a-f]{8} .*other bits/) as string,
      });
      // Dependence on neighbours is detected by comparing a part with the whole, not only by the reference.
      const ofParts = caughtBy.startsWith('bits/split/') ? /Got from batch rows .* alone, want from the whole problem\./ : /./;
      expect(caught.reason).toMatch(ofParts);
      expect(await runCase(findCase(passes), backend())).toMatchObject({ status: 'pass', reason: null });
    });
  }
});

test('names of cases are unique, and find their case', () => {
  const names = bitsCases().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.map((name) => findCase(name).name)).toEqual(names);
});

describe('the reference is checked against numbers that it did not compute', () => {
  test('the proofs report the hashes on record', async () => {
    for (const { name, hash } of PROOFS) {
      const { bits } = await runCase(findCase(`bits/proof/${name}`), bitsBackend());
      // The logits of `limits` are out of range on purpose: a backend must refuse them, so there are no bits.
      expect([name, bits]).toEqual([name, hexWord(name === 'limits' ? HASH_START : hash)]);
    }
  });

  test('a backend is compared with the file of vectors, not with the reference', async () => {
    const { cases } = JSON.parse(vectorsText) as { cases: RawCase[] };
    const changed = { ...cases[1], logSumExp: flipped(cases[1]['logSumExp']) };
    const file = JSON.stringify({ format: 'reproducible-attention/1', cases: [changed] });
    const [one] = vectorCases([parseVectors(file, 'here')]);
    expect(await one.judge(bitsBackend(), {})).toMatchObject({
      status: 'fail',
      reason: expect.stringContaining('logSumExp[') as string,
    });
  });

  test('prefill and decode with the same mistake are caught', async () => {
    const half = bitsBackend({ output: () => 0.5 });
    expect((await runCase(findCase('bits/decode/fire.past-threshold:queries=66;keys=130;causal'), half)).status).toBe('fail');
    expect((await runCase(findCase('bits/split/batch/none:batch=2;queries=3;keys=70'), half)).status).toBe('fail');
  });
});

test('a backend without the profile runs none of it, and the report says why', async () => {
  const report = await runConformance(naiveBackend(), { cases: bitsCases().slice(0, 5) });
  expect(report.counts).toEqual({ pass: 0, fail: 0, notRun: 5 });
  expect(report.results[0].reason).toContain('numerics');
});

test('a report has one hash for all bits, and the matrix lists it separately from the families', async () => {
  const cases = ['bits/none:keys=1', 'bits/proof/masked-rows', 'attention/none'].map((name) => findCase(name));
  const report = await runConformance(bitsBackend(), { cases: cases.slice(0, 2) });
  expect(report.bits).toEqual({ cases: 2, pass: 2, hash: expect.stringMatching(/^[0-9a-f]{8}$/) as string });
  // The hash does not depend on the order of the cases, but on their bits.
  expect((await runConformance(bitsBackend(), { cases: cases.slice(0, 2).toReversed() })).bits).toEqual(report.bits);
  const broken = await runConformance(bitsBackend({ reciprocal: () => 1 }), { cases: cases.slice(0, 2) });
  expect(broken.bits).toMatchObject({ cases: 2, pass: 0 });
  expect(broken.bits?.hash).not.toBe(report.bits?.hash);
  const without = await runConformance(naiveBackend(), { cases });
  expect(without.bits).toBeNull();
  const matrix = mergeReports([report, without]);
  expect(matrix.families).toEqual(['none']);
  expect(matrix.notRun).toEqual([expect.stringMatching(/^naive32 rows: 2 cases of bits: .*numerics/)]);
  expect(formatMatrix(matrix, 'text')).toContain(`- steps bits: 2/2, hash ${report.bits?.hash}`);
});

describe('vectors of bits', () => {
  const one = (JSON.parse(vectorsText) as { cases: RawCase[] }).cases[1];
  const judged = (changed: RawCase): ReturnType<typeof judgeVectors>[number] => {
    const file = JSON.stringify({ format: 'reproducible-attention/1', cases: [changed] });
    return judgeVectors([parseVectors(file, 'here')])[0];
  };
  test.each(['output', 'logSumExp', 'rowSum', 'rowMax'])('one flipped bit of %s is caught', (field) => {
    expect(judged(one)).toMatchObject({ status: 'pass', reason: null });
    expect(judged({ ...one, [field]: flipped(one[field]) }).status).toBe('fail');
  });

  test.each<[string, RawCase, string]>([
    ['another hash', { hash: '00000000' }, 'hash: got'],
    ['a field cut short', { output: 'AAAA' }, 'output: got 3 bytes, wanted 640'],
    ['no base64', { rowSum: '?' }, 'rowSum: not base64'],
    ['another dtype', { dtype: 'float64' }, 'dtype: got "float64"'],
  ])('%s', (_what, changed, reason) => {
    expect(judged({ ...one, ...changed })).toMatchObject({ status: 'fail', reason: expect.stringContaining(reason) as string });
  });

  test('a backend is checked against them', async () => {
    const cases = vectorCases([parseVectors(vectorsText, 'here')]);
    const report = await runConformance(bitsBackend(), { cases });
    expect(report.counts).toEqual({ pass: cases.length, fail: 0, notRun: 0 });
    const wrong = await runConformance(bitsBackend({ tileKeys: 32 }), { cases });
    expect(wrong.counts.fail).toBeGreaterThan(0);
  });
});
