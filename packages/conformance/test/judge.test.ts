// judge/check.py accepts the answers of the oracle to every attention case and refuses wrong ones; judge/example.py runs as shown.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { planAttention } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import { afterAll, expect, test } from 'vitest';
import { readVectors } from '../src/node.ts';
import { attentionProblemOf, attentionTensorsOf } from '../src/vectors/attention-case.ts';
import type { PythonRun } from './python.ts';
import { numpyPython, standardPython } from './python.ts';

type Answers = Record<string, { output: unknown; logSumExp?: unknown }>;

const judge = path.resolve(import.meta.dirname, '../judge');
const vectors = path.resolve(import.meta.dirname, '../vectors/attention.json');
const folder = mkdtempSync(path.join(tmpdir(), 'relbias-judge-'));
const answersFile = path.join(folder, 'answers.json');
afterAll(() => rmSync(folder, { recursive: true }));

const cases = (await readVectors()).flatMap((file) => (file.file === 'attention' ? file.cases : []));
const oracles: Answers = Object.fromEntries(
  cases.map((vector) => {
    const plan = planAttention(attentionProblemOf(vector));
    const { output, logSumExp } = oracle(plan, ...attentionTensorsOf(vector, plan));
    // JSON has no infinity; the vectors write it as a string.
    return [
      vector.id,
      { output: [...output], logSumExp: Array.from(logSumExp, (one) => (Number.isFinite(one) ? one : String(one))) },
    ];
  }),
);
const FIRST = 'attention/007/alibi/after-scaling/causal/9x9';

function check(answers: unknown, ...options: readonly string[]): PythonRun {
  writeFileSync(answersFile, JSON.stringify(answers));
  return checkFile(...options);
}

function checkFile(...options: readonly string[]): PythonRun {
  return standardPython(path.join(judge, 'check.py'), vectors, answersFile, ...options);
}

function changed(output: unknown, rest: object = {}): Answers {
  return { ...oracles, [FIRST]: { ...oracles[FIRST], output, ...rest } };
}

test('the answers of the oracle pass, all of them', () => {
  expect(cases.length).toBe(78);
  expect(check(oracles)).toEqual({ status: 0, output: '78 cases, 0 wrong\n' });
});

test('nested answers without a log-sum-exp pass', () => {
  const flat = oracles[FIRST].output as number[];
  const nested = Array.from({ length: flat.length / 4 }, (_, row) => flat.slice(4 * row, 4 * row + 4));
  expect(check({ [FIRST]: { output: nested } }, '--only', FIRST)).toEqual({ status: 0, output: '1 cases, 0 wrong\n' });
});

const right = oracles[FIRST].output as number[];
test.each([
  [
    'one number off by 1e-3',
    changed(right.map((one, at) => (at === 5 ? one + 1e-3 : one))),
    /output\[5\]: got .+, expected .+, allowed error/,
  ],
  ['NaN, which JSON writes as null', changed(right.map((one, at) => (at === 5 ? Number.NaN : one))), /output\[5\]: got nan/],
  ['a number missing', changed(right.slice(1)), /output: 71 numbers, expected 72, shape \[2, 9, 4\]/],
  ['a wrong log-sum-exp', changed(right, { logSumExp: right.slice(0, 18) }), /logSumExp\[\d+\]: got/],
  ['a case without an answer', { ...oracles, [FIRST]: undefined }, /alibi\/after-scaling\/causal\/9x9: no answer/],
  ['an answer to no case', { ...oracles, 'attention/7': { output: right } }, /attention\/7: no case has this id/],
])('%s is refused', (_, answers, message) => {
  const { status, output } = check(answers);
  expect(output).toMatch(message);
  expect(output).toContain('78 cases, 1 wrong');
  expect(status).toBe(1);
});

test('a filter that matches no case is not a success', () => {
  expect(check(oracles, '--only', 'rotary')).toEqual({ status: 1, output: '0 cases, 0 wrong\n' });
});

test('a wider tolerance accepts what the default refuses', () => {
  const off = changed(right.map((one) => one + 1e-3));
  expect([check(off).status, check(off, '--tolerance', '1e-2').status]).toEqual([1, 0]);
});

const numpy = numpyPython();
/** Runs the example after some lines of Python that may change it, and returns the checker's output for a family. */
function runExample(change: string, family: string): string {
  const script = [
    'import json, sys, numpy as np',
    `sys.path.insert(0, ${JSON.stringify(judge)})`,
    'import check, example',
    change,
    `cases = [c for c in json.load(open(${JSON.stringify(vectors)}))["cases"] if c["family"] == "${family}"]`,
    'print(*check.check(cases, {c["id"]: example.answer(c) for c in cases}), sep="\\n")',
  ].join('\n');
  const { status, output } = numpy('-c', script);
  expect({ status, output }).toMatchObject({ status: 0 });
  return output.trim();
}

test.each(['none', 'alibi', 't5'])('the example answers every case of %s, run as its usage says', (family) => {
  expect(numpy(path.join(judge, 'example.py'), vectors, answersFile)).toEqual({ status: 0, output: '' });
  const { status, output } = checkFile('--only', `/${family}/`);
  expect(output).toMatch(/^[1-9]\d+ cases, 0 wrong\n$/);
  expect(status).toBe(0);
});

const WRONG = {
  'the bias scaled where it is not': [
    'right = example.attention',
    'example.attention = lambda q, k, v, bias, hidden, scale, _: right(q, k, v, bias, hidden, scale, scale)',
  ],
  'the bias not scaled where it is': [
    'right = example.attention',
    'example.attention = lambda q, k, v, bias, hidden, scale, _: right(q, k, v, bias, hidden, scale, 1)',
  ],
  'T5 buckets in the wrong direction': [
    'right = example.t5_buckets',
    'example.t5_buckets = lambda distance, **given: right(-distance, **given)',
  ],
  'T5 buckets without the upper half': [
    'right = example.t5_buckets',
    'example.t5_buckets = lambda distance, **given: right(np.abs(distance), **given)',
  ],
};

test.each(Object.entries(WRONG))('%s is found', (_, change) => {
  expect(runExample('', 't5')).toBe('');
  expect(runExample(change.join('\n'), 't5')).toMatch(/attention\/\d+\/t5\/.*output\[\d+\]: got/);
});

test('queries counted from 0 with a cache are found', () => {
  const change = 'right = example.bias_of\nexample.bias_of = lambda f, g, d: right(f, g, d - d[0, 0])';
  expect(runExample(change, 'alibi')).toMatch(/alibi\/.*4x11: output/);
});
