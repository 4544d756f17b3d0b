// The figures for people.
import Table from 'cli-table3';
import type { Machine } from './machine.ts';
import type { Measurement } from './rounds.ts';

/** Everything a run found out, as it is saved. */
export interface Report {
  readonly format: 'relbias-bench/1';
  readonly date: string;
  readonly machine: Machine;
  readonly load: { readonly before: string; readonly after: string };
  readonly measurements: readonly Measurement[];
}

/** The contender that others are compared with. */
const YARDSTICK = 'plain loop';

export function formatReport({ machine, load, measurements }: Report): string {
  const table = new Table({
    head: ['case', 'tokens', 'contender', 'median ms', 'min - max', 'rounds', `times ${YARDSTICK}`, 'prepare ms', 'error'],
    colAligns: ['left', 'right', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const one of measurements) {
    const yardstick = measurements.find(
      (other) => other.contender === YARDSTICK && other.case === one.case && other.tokens === one.tokens,
    );
    table.push([
      one.case,
      one.tokens,
      one.contender,
      one.medianMs.toFixed(1),
      `${one.minMs.toFixed(1)} - ${one.maxMs.toFixed(1)}`,
      one.rounds,
      yardstick === undefined ? '' : (yardstick.medianMs / one.medianMs).toFixed(1),
      one.prepareMs.toFixed(1),
      one.error.toExponential(1),
    ]);
  }
  const { cpu, cores, memoryGiB, system, node, v8, flags } = machine;
  return [
    table.toString(),
    `1 batch row, 8 heads, head dimension 64. 'times ${YARDSTICK}': how many times as fast. error: greatest |output - float64 oracle|.`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node} (V8 ${v8}), flags: ${flags.join(' ') || 'none'}.`,
    `Load average (1 and 5 minutes) before: ${load.before}, after: ${load.after}.`,
  ].join('\n');
}
