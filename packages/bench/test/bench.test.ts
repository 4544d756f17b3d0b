// The benchmark itself: that it runs, that everybody in it computes the same thing, and that its error figure can tell.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sample, wantedSample, worstError } from '../src/accuracy.ts';
import { CASE_NAMES, makeCase } from '../src/cases.ts';
import { contenders } from '../src/contenders/index.ts';
import type { Report } from '../src/report.ts';

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const program = path.join(import.meta.dirname, '..', 'src', 'main.ts');
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

test('a short run measures every contender on every case and writes it down', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-bench-'));
  try {
    const file = path.join(folder, 'figures.json');
    const { status, stdout, stderr } = bench('--tokens', '40', '--rounds', '3', '--out', file);
    expect(stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
    const report: Report = JSON.parse(readFileSync(file, 'utf8'));
    expect(report).toMatchObject({ format: 'relbias-bench/1', machine: { node: process.version } });
    const wanted = CASE_NAMES.flatMap((name) => contenders.map((one) => `${name} 40 ${one.name}`));
    expect(report.measurements.map((one) => `${one.case} ${one.tokens} ${one.contender}`)).toEqual(wanted);
    for (const one of report.measurements) {
      expect(one.minMs).toBeGreaterThan(0);
      expect(one.medianMs).toBeGreaterThanOrEqual(one.minMs);
      expect(one.maxMs).toBeGreaterThanOrEqual(one.medianMs);
      expect(one.rounds).toBe(3);
      expect(stdout).toContain(one.medianMs.toFixed(1));
    }
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
  }
});
