// Verdicts on targets, merging of saved files, and the page, with invented figures.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CASE_NAMES } from '../src/cases.ts';
import { contenders } from '../src/contenders/index.ts';
import { machine } from '../src/machine.ts';
import { chartSvg } from '../src/page/chart.ts';
import { benchmarksPage } from '../src/page/page.ts';
import { factorText } from '../src/page/summary.ts';
import { PLANS } from '../src/plan.ts';
import type { Measurement, Race } from '../src/race.ts';
import { formatNotes, formatRace } from '../src/report.ts';
import { newSaved, openSaved, reportFile, reportName, withRace, writeSaved } from '../src/saved.ts';
import { TARGETS } from '../src/targets.ts';
import { got, judge, wanted } from '../src/verdicts.ts';

type Figures = Readonly<Record<string, { ms: number; share?: number; peakMiB?: number }>>;

function raceOf(name: Race['case'], tokens: number, figures: Figures, date = '2026-01-01T00:00'): Race {
  const measurements = Object.entries(figures).map(([contender, { ms, share = 0.5, peakMiB = 100 }]): Measurement => ({
    contender,
    version: '1',
    origin: contender.startsWith('relbias') ? 'ours' : 'peer',
    outcome: 'timed',
    prepareMs: 1,
    times: [ms, 2 * ms, ms / 2],
    gigaflops: 100 * share,
    limitGigaflops: 100,
    error: 1e-7,
    memory: { beforeMiB: 50, peakMiB },
  }));
  return { case: name, tokens, date, commit: 'abc', load: { averageBefore: 0, otherCores: 0 }, measurements };
}

const verdictsOf = (...races: Race[]): string[] =>
  judge(races).map(
    ({ race, target, peer, value, met }) =>
      `${race.case} ${race.tokens} ${target.measure} ${peer?.contender ?? 'limit'} ${value.toFixed(2)} ${met ? 'met' : 'missed'}`,
  );

test('a target is compared with the fastest form of the peer, and a miss is reported', () => {
  const attention = 'ORT-node Attention with bias';
  const both = {
    [attention]: { ms: 10 },
    'ORT-node MultiHeadAttention with bias': { ms: 8 },
    'ORT-node Attention prebuilt': { ms: 1 },
  };
  expect(verdictsOf(raceOf('alibi-causal', 1024, { 'relbias wasm': { ms: 5 }, ...both }))).toEqual([
    'alibi-causal 1024 time ORT-node MultiHeadAttention with bias 0.63 met',
  ]);
  expect(verdictsOf(raceOf('alibi-causal', 1024, { 'relbias wasm': { ms: 7 }, ...both }))).toEqual([
    'alibi-causal 1024 time ORT-node MultiHeadAttention with bias 0.88 missed',
  ]);
  expect(verdictsOf(raceOf('t5-bidirectional', 512, { 'relbias wasm': { ms: 5, share: 0.79 } }))).toEqual([
    't5-bidirectional 512 share of limit limit 0.79 missed',
  ]);
  const long = raceOf('t5-bidirectional', 4096, {
    'relbias wasm': { ms: 5, share: 0.81 },
    [attention]: { ms: 5, peakMiB: 2000 },
  });
  expect(verdictsOf(long)).toEqual([
    `t5-bidirectional 4096 time ${attention} 1.00 met`,
    't5-bidirectional 4096 share of limit limit 0.81 met',
    `t5-bidirectional 4096 peak memory ${attention} 0.05 met`,
  ]);
});

test('the last measurement counts', () => {
  const [ours, theirs] = ['relbias wasm', 'ORT-web with bias'];
  const older = raceOf('alibi-causal', 512, { [ours]: { ms: 9 }, [theirs]: { ms: 10 } }, '2026-01-01T00:00');
  const newer = raceOf('alibi-causal', 512, { [ours]: { ms: 1 }, [theirs]: { ms: 10 } }, '2026-01-02T00:00');
  expect(verdictsOf(older, newer)).toEqual(['alibi-causal 512 time ORT-web with bias 0.10 met']);
  expect(verdictsOf(newer, older)).toEqual(['alibi-causal 512 time ORT-web with bias 0.10 met']);
});

test('a race replaces only the races of its case and length that it covers', () => {
  const here = machine();
  const both = raceOf('alibi-causal', 512, { a: { ms: 1 }, b: { ms: 1 } });
  const one = raceOf('alibi-causal', 512, { a: { ms: 1 } });
  const longer = raceOf('alibi-causal', 1024, { a: { ms: 1 } });
  const all = newSaved(here, [one, longer]);
  expect(withRace(all, both).races).toEqual([longer, both]);
  expect(withRace(newSaved(here, [both]), one).races).toEqual([both, one]);

  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-saved-'));
  try {
    const file = path.join(folder, 'deep', 'x.json');
    expect(openSaved(file, here).races).toEqual([]);
    writeSaved(file, all);
    expect(openSaved(file, here)).toEqual(all);
    expect(() => openSaved(file, { ...here, node: 'v1.0.0' })).toThrow('was measured on another machine');
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(reportName(path.basename(reportFile('my-machine')))).toBe('my-machine');
  expect(reportName('conformance.json')).toBeUndefined();
});

test('the full plan has every contender and every case, and every target has a race that decides it', () => {
  const planned = new Set(PLANS.full.flatMap((one) => one.contenders));
  const unplanned = ['tfjs-wasm prebuilt', 'jax-js wasm prebuilt'];
  expect([...planned, ...unplanned].toSorted()).toEqual(contenders.map(({ name }) => name).toSorted());
  expect(new Set(PLANS.full.map((one) => one.case))).toEqual(new Set(CASE_NAMES));
  const races = PLANS.full.map(({ case: name, tokens, contenders: some }) =>
    raceOf(name, tokens, Object.fromEntries(some.map((one) => [one, { ms: 1 }]))),
  );
  const judged = new Set(judge(races).map(({ target }) => target));
  expect(TARGETS.filter((target) => !judged.has(target))).toEqual([]);
});

test('the page shows every figure, missed targets and plots', () => {
  const races = [512, 1024].map((tokens) =>
    raceOf('t5-causal', tokens, { 'relbias wasm': { ms: tokens, share: 0.9 }, 'ORT-node Attention with bias': { ms: 1234.5 } }),
  );
  const { markdown, plots } = benchmarksPage(new Map([['here', newSaved(machine(), races)]]));
  expect(markdown).toContain(machine().cpu);
  expect(markdown).toContain('The machine was otherwise idle.');
  expect(markdown).toContain('3 of 4 targets are met, 1 missed.');
  expect(markdown).toContain(
    '| T5, causal, 1024 | time | relbias wasm | ORT-node Attention with bias | 0.83 | ≤ 0.70 | prototype | **missed** |',
  );
  expect(markdown).toContain('| ORT-node Attention with bias | 1234.5 | 617.3 | 50.0 % | 100 | 1.0e-7 |  | 1.00 |');
  expect(plots.map(({ file }) => file)).toEqual([
    'here-overview.svg',
    'here-t5-causal-time.svg',
    'here-t5-causal-time-against-ORT-node.svg',
    'here-t5-causal-peak-memory.svg',
  ]);
  for (const { file } of plots) expect(markdown).toContain(`(./benchmarks/${file})`);

  const [race] = races;
  const loaded = { ...race, load: { averageBefore: 3, otherCores: 1.5 } };
  expect(benchmarksPage(new Map([['here', newSaved(machine(), [loaded])]])).markdown).toContain(
    '**Other programs kept the machine busy**',
  );
  expect(formatRace(loaded)).toContain('LOADED: other programs kept 1.50 cores busy');
  expect(formatNotes(machine(), races)).toContain(machine().cpu);
  expect(benchmarksPage(new Map()).markdown).toContain('No figures are saved yet.');
});

test('the page begins with the comparison and ends with the targets', () => {
  const races = [64, 512].map((tokens) =>
    raceOf('t5-causal', tokens, {
      'relbias wasm': { ms: 2 },
      'ORT-node Attention with bias': { ms: tokens === 64 ? 1 : 20.1 },
      'ORT-web with bias': { ms: 40 },
    }),
  );
  const { markdown } = benchmarksPage(new Map([['here', newSaved(machine(), races)]]));
  expect(markdown).toContain(
    '**onnxruntime-node (native code)**: 0.50× to 10×; relbias is faster in 1 of 2 cases. Slower: T5, causal, at 64 (0.50×) tokens.',
  );
  expect(markdown).toContain('**onnxruntime-web (WebAssembly)**: 20× to 20×; relbias is faster in 2 of 2 cases.\n');
  expect(markdown).toContain('| T5, causal | 512 | 10× | 20× |');
  const order = ['## here', 'Machine: ', '### relbias against other libraries', '### T5, causal', '### Targets', '## Method'];
  const places = order.map((heading) => markdown.indexOf(heading));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
});

test.each([
  [2.16, '2.2×'],
  [0.534, '0.53×'],
  [9.96, '10×'],
  [34.9, '35×'],
  [1.02, '1.02×'],
  [0.996, '0.996×'],
  [1, '1.0×'],
])('a factor of %d reads %s', (factor, text) => {
  expect(factorText(factor)).toBe(text);
});

test('a missed target has enough digits to distinguish figure and bound', () => {
  const shares = [0.7964, 0.79997, 0.8, 0.81].map((share) => {
    const [verdict] = judge([raceOf('t5-causal', 1024, { 'relbias wasm': { ms: 1, share } })]);
    return `${got(verdict)} ${wanted(verdict)} ${verdict.met ? 'met' : 'missed'}`;
  });
  expect(shares).toEqual(['79.6 % ≥ 80.0 % missed', '79.997 % ≥ 80.000 % missed', '80 % ≥ 80 % met', '81 % ≥ 80 % met']);
});

test('a chart draws its lines from left to right, labels them and escapes the labels', () => {
  const svg = chartSvg({
    title: 'a < b',
    x: 'tokens',
    y: 'ms',
    lines: [
      {
        name: 'ours & others',
        isOurs: true,
        points: [
          [1, 10],
          [2, 100],
          [4, 1000],
        ],
      },
      { name: 'nothing', isOurs: false, points: [] },
    ],
    levels: [{ name: 'level', y: 30 }],
  });
  const drawn = /class="line ours c0" d="M([^"]+)"/.exec(svg)?.[1] ?? '';
  const points = drawn.split('L').map((point) => point.split(' ').map(Number));
  expect(points).toHaveLength(3);
  const [across, up] = [0, 1].map((axis) => points.map((point) => point[axis]));
  // Equal factors are equal steps, and more is higher.
  expect(across[1] - across[0]).toBeCloseTo(across[2] - across[1], 0);
  expect(up[0] - up[1]).toBeCloseTo(up[1] - up[2], 0);
  expect(up[0]).toBeGreaterThan(up[1]);
  expect(svg).toContain('>ours &amp; others</text>');
  expect(svg).toContain('aria-label="a &lt; b"');
  expect(svg).not.toContain('nothing');
  expect(() => chartSvg({ title: 'empty', x: '', y: '', lines: [] })).toThrow('chart "empty": nothing to draw');
});
