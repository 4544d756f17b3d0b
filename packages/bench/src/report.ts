// The figures for people.
import Table from 'cli-table3';
import type { Machine } from './machine.ts';
import type { Measurement, Timed } from './rounds.ts';

/** Everything a run found out, as it is saved. */
export interface Report {
  readonly format: 'relbias-bench/2';
  readonly date: string;
  readonly machine: Machine;
  readonly load: { readonly before: string; readonly after: string };
  readonly measurements: readonly Measurement[];
}

export function formatReport({ machine, load, measurements }: Report): string {
  const { cpu, cores, memoryGiB, system, node, v8, flags } = machine;
  return [
    figures(measurements),
    '1 batch row, 8 heads, head dimension 64. GFLOP/s: of the two matrix products, over visible pairs. Limit: WebAssembly SIMD doing nothing',
    'but products and sums, in the same process, between the runs. MiB: resident memory at its greatest (with the inputs, before it began).',
    'Error: greatest |output - float64 oracle|. A kernel that proves pairs away does fewer operations than its GFLOP/s count.',
    ...comparison(measurements),
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node} (V8 ${v8}), flags: ${flags.join(' ') || 'none'}.`,
    `${[...new Set(measurements.map(({ version }) => version))].join(', ')}.`,
    `Load average (1 and 5 minutes) before: ${load.before}, after: ${load.after}.`,
  ].join('\n');
}

function figures(measurements: readonly Measurement[]): string {
  const head = [
    'case',
    'tokens',
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
  ];
  const table = new Table({
    head,
    colAligns: head.map((title) => (title === 'case' || title === 'contender' ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const one of measurements) {
    const who = [one.case, one.tokens, one.contender];
    if (one.outcome === 'failed') {
      table.push([...who, { colSpan: head.length - who.length, content: `failed: ${one.reason.split('\n')[0]}` }]);
    } else if (one.outcome === 'wrong') {
      table.push([...who, { colSpan: head.length - who.length - 1, content: 'wrong' }, one.error.toExponential(1)]);
    } else {
      table.push([
        ...who,
        one.medianMs.toFixed(1),
        `${one.minMs.toFixed(1)} - ${one.maxMs.toFixed(1)}`,
        one.rounds,
        one.gigaflops.toFixed(1),
        one.limitGigaflops.toFixed(1),
        `${((100 * one.gigaflops) / one.limitGigaflops).toFixed(0)} %`,
        `${one.memory.peakMiB.toFixed(0)} (${one.memory.beforeMiB.toFixed(0)})`,
        one.prepareMs.toFixed(1),
        one.error.toExponential(1),
      ]);
    }
  }
  return table.toString();
}

/** The fastest of ours against everybody else, where there is something to compare. */
function comparison(measurements: readonly Measurement[]): string[] {
  const timed = measurements.filter((one): one is Measurement & Timed => one.outcome === 'timed');
  const label = (one: Measurement): string => `${one.case} ${one.tokens}`;
  const others = new Set(timed.filter(({ origin }) => origin !== 'ours').map(({ contender }) => contender));
  const best = [...new Set(timed.map(label))].flatMap((wanted) =>
    timed
      .filter((one) => one.origin === 'ours' && label(one) === wanted)
      .toSorted((a, b) => a.medianMs - b.medianMs)
      .slice(0, 1),
  );
  if (others.size === 0 || best.length === 0) return [];
  const table = new Table({
    head: ['median of ours / median of', ...best.map(label)],
    colAligns: ['left', ...best.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const contender of others) {
    const ratios = best.map((ours) => {
      const other = timed.find((one) => one.contender === contender && label(one) === label(ours));
      return other === undefined ? '' : (ours.medianMs / other.medianMs).toFixed(2);
    });
    table.push([contender, ...ratios]);
  }
  return [table.toString(), `Ours: the fastest, ${best.map((one) => `${label(one)} ${one.contender}`).join(', ')}.`];
}
