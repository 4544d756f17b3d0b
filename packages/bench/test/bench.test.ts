// The benchmark itself: that it runs, that everybody in it computes the same thing, and that its error figure can tell.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assert, expect, test } from 'vitest';
import { isWrong, sample, wantedSample, worstError } from '../src/accuracy.ts';
import { CASE_NAMES, makeCase } from '../src/cases.ts';
import { contenders } from '../src/contenders/index.ts';
import { tokensFirst } from '../src/layout.ts';
import { machine } from '../src/machine.ts';
import type { Report } from '../src/report.ts';
import { formatReport } from '../src/report.ts';
import { measure } from '../src/rounds.ts';

const atHand = contenders.filter(({ origin }) => origin !== 'peer');
const peers = contenders.filter(({ origin }) => origin === 'peer');

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const program = path.join(import.meta.dirname, '..', 'src', 'main.ts');
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

test('a short run measures every contender at hand on every case and writes it down', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-bench-'));
  try {
    const file = path.join(folder, 'figures.json');
    const { status, stdout, stderr } = bench('--tokens', '40', '--rounds', '3', '--out', file);
    expect(stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
    const report: Report = JSON.parse(readFileSync(file, 'utf8'));
    expect(report).toMatchObject({ format: 'relbias-bench/2', machine: { node: process.version } });
    const wanted = CASE_NAMES.flatMap((name) => atHand.map((one) => `${name} 40 ${one.name}`));
    expect(report.measurements.map((one) => `${one.case} ${one.tokens} ${one.contender}`)).toEqual(wanted);
    for (const one of report.measurements) {
      assert(one.outcome === 'timed');
      expect(one.minMs).toBeGreaterThan(0);
      expect(one.medianMs).toBeGreaterThanOrEqual(one.minMs);
      expect(one.maxMs).toBeGreaterThanOrEqual(one.medianMs);
      expect(one.rounds).toBe(3);
      expect(one.limitGigaflops).toBeGreaterThan(one.gigaflops);
      expect(one.memory.peakMiB).toBeGreaterThanOrEqual(one.memory.beforeMiB);
      expect(stdout).toContain(one.medianMs.toFixed(1));
    }
    // Nobody wonders where the other libraries are.
    const last = stdout.split('\n').find((line) => line.startsWith('Not run: '));
    for (const { name } of peers) expect(last).toContain(name);
    expect(last).toContain('npm run bench -- --peers');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [['--tokens', '0'], '--tokens: got "0", want a whole number above 0'],
  [['--rounds', 'many'], '--rounds: got "many"'],
  [['--contenders', 'plain'], '--contenders: got "plain", want some of plain loop, relbias naive'],
  [['--cases', 'swin'], '--cases: got "swin", want some of alibi-causal, t5-bidirectional'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %o', (args, message) => {
  const { status, stderr } = bench(...args);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBe(1);
});

test('the error is that of the sampled rows, and sees a wrong bias', async () => {
  for (const name of CASE_NAMES) {
    const benchCase = makeCase(name, 40);
    const wanted = wantedSample(benchCase);
    expect(worstError(Float32Array.from(wanted), wanted.map(Math.fround))).toBe(0);
    expect(worstError(Float32Array.from(wanted).fill(NaN, 3, 4), wanted)).toBeNaN();

    const { problem } = benchCase;
    const withoutBias = { ...benchCase, problem: { ...problem, bias: { ...problem.bias, value: () => 0 } } };
    const errors: number[] = [];
    for (const each of [benchCase, withoutBias]) {
      const prepared = await contenders[0].prepare(each);
      errors.push(worstError(sample(benchCase, await prepared.run()), wanted));
    }
    // Eleven binary digits lie between float32's error and that of a forgotten bias.
    expect(errors[1] / errors[0]).toBeGreaterThan(2 ** 11);
    expect(errors.map(isWrong)).toEqual([false, true]);
    expect(isWrong(NaN)).toBe(true);
  }
});

test('whoever fails is shown with the reason, and the others go on', async () => {
  const [first] = contenders;
  const nobody = { ...first, name: 'nobody' };
  const measurements = await measure([nobody, first], 'alibi-causal', 8, 3);
  expect(measurements).toMatchObject([
    { contender: 'nobody', outcome: 'failed', reason: 'its process ended with status 1' },
    { contender: first.name, outcome: 'timed', rounds: 3 },
  ]);
  const wrong = { ...measurements[0], contender: 'far off', outcome: 'wrong', error: 0.25 } as const;
  const report = { format: 'relbias-bench/2', date: '', machine: machine(), load: { before: '', after: '' } } as const;
  const lines = formatReport({ ...report, measurements: [...measurements, wrong] }).split('\n');
  expect(lines.find((line) => line.includes('nobody'))).toContain('failed: its process ended');
  expect(lines.find((line) => line.includes('far off'))).toMatch(/wrong .* 2\.5e-1/);
});

test('tokens first is heads first with two axes exchanged', () => {
  const benchCase = makeCase('t5-bidirectional', 5);
  const { heads, headDim } = benchCase.problem;
  const moved = tokensFirst(benchCase, benchCase.query);
  for (let n = 0; n < moved.length; n++) {
    const [token, head, c] = [Math.floor(n / (heads * headDim)), Math.floor(n / headDim) % heads, n % headDim];
    assert(moved[n] === benchCase.query[(head * 5 + token) * headDim + c], `element ${n}`);
  }
  expect(sample(benchCase, moved, 'tokens first')).toEqual(sample(benchCase, benchCase.query));
});
