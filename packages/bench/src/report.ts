// Prints the figures at a terminal.
import Table from 'cli-table3';
import { medianMs, shareOfLimit, timedOf } from './figures.ts';
import type { Machine } from './machine.ts';
import { isLoaded } from './machine.ts';
import type { Measurement, Race } from './race.ts';
import { comparisons } from './sides.ts';
import type { Verdict } from './verdicts.ts';
import { got, judge, wanted } from './verdicts.ts';

/** One race: the figures of all contenders, the ratios, and the targets that it decides. */
export function formatRace(race: Race): string {
  const { averageBefore, otherCores } = race.load;
  const mark = isLoaded(race.load) ? 'LOADED: ' : '';
  return [
    `${race.case}, ${race.tokens} tokens, ${race.date.slice(0, 16)}, commit ${race.commit ?? 'unknown'}`,
    figures(race.measurements),
    `${mark}other programs kept ${otherCores.toFixed(2)} cores busy; load average before the run: ${averageBefore.toFixed(2)}.`,
    ...ratios(race),
    ...targets(judge([race])),
  ].join('\n');
}

/** The meaning and the origin of the figures, printed once after all races. */
export function formatNotes(machine: Machine, races: readonly Race[]): string {
  const { cpu, cores, memoryGiB, system, node, v8, flags } = machine;
  const versions = new Set(races.flatMap(({ measurements }) => measurements.map(({ version }) => version)));
  return [
    '1 batch row, 8 heads, head dimension 64. GFLOP/s: the two matrix products over visible pairs; skipped pairs still count as work.',
    'Limit: the GFLOP/s of WebAssembly SIMD with multiplications and additions only, measured in the same process between the runs.',
    'MiB: largest resident memory, and in brackets before the run, inputs included. Error: largest |output - float64 reference|.',
    'with bias: the bias over all pairs is computed in every call. prebuilt: it was computed before.',
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node} (V8 ${v8}), flags: ${flags.join(' ') || 'none'}.`,
    `${[...versions].join(', ')}.`,
  ].join('\n');
}

function plainTable(head: readonly string[], left: readonly string[]): Table.Table {
  return new Table({
    head: [...head],
    colAligns: head.map((title) => (left.includes(title) ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
}

function figures(measurements: readonly Measurement[]): string {
  const head = [
    'contender',
    'median ms',
    'min - max',
    'rounds',
    'GFLOP/s',
    'limit',
    'of it',
    'MiB',
    'prepare ms',
    'error',
    'ran on',
  ];
  const table = plainTable(head, ['contender', 'ran on']);
  for (const one of measurements) {
    if (one.outcome === 'failed') {
      table.push([one.contender, { colSpan: head.length - 1, content: `failed: ${one.reason.split('\n')[0]}` }]);
    } else if (one.outcome === 'wrong') {
      const error = one.error === null ? 'not finite' : `error ${one.error.toExponential(1)}`;
      table.push([one.contender, { colSpan: head.length - 1, content: `wrong: ${error}` }]);
    } else {
      table.push([
        one.contender,
        milliseconds(medianMs(one)),
        `${milliseconds(Math.min(...one.times))} - ${milliseconds(Math.max(...one.times))}`,
        one.times.length,
        one.gigaflops.toFixed(1),
        one.limitGigaflops.toFixed(1),
        `${(100 * shareOfLimit(one)).toFixed(1)} %`,
        `${one.memory.peakMiB.toFixed(0)} (${one.memory.beforeMiB.toFixed(0)})`,
        one.prepareMs.toFixed(1),
        one.error.toExponential(1),
        one.ranOn ?? '',
      ]);
    }
  }
  return table.toString();
}

/** About three digits, from microseconds to minutes. */
export function milliseconds(time: number): string {
  return time.toFixed(time < 1 ? 3 : time < 10 ? 2 : 1);
}

/** Every contender of ours against every peer, with or without a target. */
function ratios(race: Race): string[] {
  const ours = timedOf(race).filter(({ origin }) => origin === 'ours');
  const peers = comparisons(race);
  if (ours.length === 0 || peers.length === 0) return [];
  const table = plainTable(
    ['ours / theirs: time, peak memory', ...peers.map(({ side }) => side)],
    ['ours / theirs: time, peak memory'],
  );
  for (const one of ours) {
    const cells = peers.map(({ peer }) => {
      const [time, memory] = [medianMs(one) / medianMs(peer), one.memory.peakMiB / peer.memory.peakMiB];
      return `${time.toFixed(2)}, ${memory.toFixed(2)}`;
    });
    table.push([one.contender, ...cells]);
  }
  return [table.toString()];
}

function targets(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const table = plainTable(['measure', 'ours', 'against', 'measured', 'target', ''], ['measure', 'ours', 'against', '']);
  for (const verdict of verdicts) {
    const { target, ours, peer, met } = verdict;
    table.push([target.measure, ours.contender, peer?.contender ?? '', got(verdict), wanted(verdict), met ? 'met' : 'MISSED']);
  }
  return [table.toString()];
}
