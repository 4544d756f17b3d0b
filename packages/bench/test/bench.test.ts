// The benchmark: it runs, all contenders compute the same, and its error figure detects wrong results.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assert, expect, test } from 'vitest';
import { isWrong, sample, wantedSample, worstError } from '../src/accuracy.ts';
import type { CaseName } from '../src/cases.ts';
import { CASE_NAMES, makeCase } from '../src/cases.ts';
import { contenders } from '../src/contenders/index.ts';
import { medianMs, timedOf } from '../src/figures.ts';
import { tokensFirst } from '../src/layout.ts';
import { milliseconds, formatRace } from '../src/report.ts';
import { race } from '../src/rounds.ts';
import type { Saved } from '../src/saved.ts';

const peers = contenders.filter(({ origin }) => origin === 'peer');
const few = contenders.filter(({ name }) => ['plain loop', 'relbias wasm'].includes(name));

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const program = path.join(import.meta.dirname, '..', 'src', 'main.ts');
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

test.each(contenders.filter(({ origin }) => origin !== 'peer'))('$name is right', async (contender) => {
  const benchCase = makeCase(contender.name.startsWith('relbias cache') ? 'alibi-decode' : 't5-causal', 40);
  expect(contender.takes?.(benchCase) ?? true).toBe(true);
  const prepared = await contender.prepare(benchCase);
  // The second run too: it finds what the first one left.
  for (let n = 0; n < 2; n++) {
    expect(isWrong(worstError(sample(benchCase, await prepared.run()), wantedSample(benchCase)))).toBe(false);
  }
});

test('a short run measures all contenders and saves the figures', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-bench-'));
  try {
    const file = path.join(folder, 'figures.json');
    const names = ['plain loop', 'relbias wasm', 'relbias wasm revectorized', 'relbias cache'];
    const cases = ['--tokens', '40', '--cases', 't5-causal,alibi-decode'];
    const { status, stdout, stderr } = bench(...cases, '--rounds', '2', '--contenders', names.join(','), '--out', file);
    expect(stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
    const { format, machine, races }: Saved = JSON.parse(readFileSync(file, 'utf8'));
    expect({ format, node: machine.node }).toEqual({ format: 'relbias-bench/3', node: process.version });
    expect(races.map((one) => `${one.case} ${one.tokens}`)).toEqual(['t5-causal 40', 'alibi-decode 40']);
    for (const one of races) {
      const timed = timedOf(one);
      // The cache is for one query.
      expect(timed.map(({ contender }) => contender)).toEqual(one.case === 'alibi-decode' ? names : names.slice(0, 3));
      expect(one.load.otherCores).toBeGreaterThanOrEqual(0);
      for (const { times, limitGigaflops, gigaflops, memory } of timed) {
        expect(times).toHaveLength(2);
        expect(Math.min(...times)).toBeGreaterThan(0);
        expect(limitGigaflops).toBeGreaterThan(0);
        expect(gigaflops).toBeGreaterThan(0);
        expect(memory.peakMiB).toBeGreaterThanOrEqual(memory.beforeMiB);
        expect(stdout).toContain(milliseconds(medianMs({ ...timed[0], times })));
      }
    }
    // It says which libraries were not measured.
    const last = stdout.split('\n').find((line) => line.startsWith('Not measured: '));
    for (const { name } of peers) expect(last).toContain(name);
    expect(last).toContain('npm run bench -- --peers');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [['--tokens', '0'], '--tokens: got "0", wanted an integer above 0'],
  [['--rounds', 'many'], '--rounds: got "many"'],
  [['--contenders', 'plain'], '--contenders: got "plain", wanted some of plain loop, relbias naive'],
  [['--cases', 'swin'], '--cases: got "swin", wanted some of alibi-causal, t5-causal'],
  [['--plan', 'quick'], '--plan: got "quick", wanted some of targets,'],
  [['--plan', 'targets,slow'], '--plan: got "targets,slow", wanted one of targets,'],
  [['--full', '--tokens', '64'], '--tokens: got it together with --plan full'],
  [['--save', '../x'], '--save: got "../x", wanted a name of letters'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %o', (args, message) => {
  const { status, stderr } = bench(...args);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBe(1);
});

test.each(CASE_NAMES)('%s: the error is that of the sampled rows, and detects a wrong bias', async (name) => {
  const benchCase = makeCase(name, 40);
  const wanted = wantedSample(benchCase);
  expect(worstError(Float32Array.from(wanted), wanted.map(Math.fround))).toBe(0);
  expect(worstError(Float32Array.from(wanted).fill(NaN, 3, 4), wanted)).toBeNaN();

  const { problem } = benchCase;
  const withoutBias = { ...benchCase, problem: { ...problem, biasScale: 0 } };
  for (const contender of few) {
    const errors: number[] = [];
    for (const each of [benchCase, withoutBias]) {
      const prepared = await contender.prepare(each);
      errors.push(worstError(sample(benchCase, await prepared.run()), wanted));
    }
    // The error of a missing bias is 2^11 times that of float32.
    expect(errors[1] / errors[0]).toBeGreaterThan(2 ** 11);
    expect(errors.map(isWrong)).toEqual([false, true]);
  }
  expect(isWrong(NaN)).toBe(true);
});

test('a contender that fails is listed with the reason, and the others continue', async () => {
  const [first] = contenders;
  const missing = { ...first, name: 'missing' };
  const far = { ...first, name: 'too long', maxTokens: 7 };
  const result = await race([missing, far, first], 'alibi-causal', 8, 3);
  expect(result.measurements).toMatchObject([
    { contender: 'missing', outcome: 'failed', reason: 'its process ended with status 1' },
    { contender: first.name, outcome: 'timed' },
  ]);
  const { version, origin } = first;
  const wrong = [
    { contender: 'far off', version, origin, outcome: 'wrong', error: 0.25 },
    { contender: 'nowhere', version, origin, outcome: 'wrong', error: null },
  ] as const;
  const lines = formatRace({ ...result, measurements: [...result.measurements, ...wrong] }).split('\n');
  const lineOf = (name: string): string | undefined => lines.find((line) => line.includes(name));
  expect(lineOf('missing')).toContain('failed: its process ended');
  expect(lineOf('far off')).toMatch(/wrong: error 2\.5e-1/);
  expect(lineOf('nowhere')).toContain('wrong: not finite');
});

test('tokens first is heads first with two axes exchanged', () => {
  const benchCase = makeCase('t5-bidirectional' satisfies CaseName, 5);
  const { heads, headDim } = benchCase.problem;
  const moved = tokensFirst(benchCase);
  for (let n = 0; n < moved.length; n++) {
    const [token, head, c] = [Math.floor(n / (heads * headDim)), Math.floor(n / headDim) % heads, n % headDim];
    assert(moved[n] === benchCase.query[(head * 5 + token) * headDim + c], `element ${n}`);
  }
  expect(sample(benchCase, moved, 'tokens first')).toEqual(sample(benchCase, benchCase.query));
});
