// The plots of one case over the number of tokens: time, the ratio to ONNX Runtime, and memory.
import type { CaseName } from '../cases.ts';
import { CASES } from '../cases.ts';
import { medianMs, timedOf } from '../figures.ts';
import type { TimedMeasurement } from '../figures.ts';
import type { Race } from '../race.ts';
import type { Side } from '../sides.ts';
import { ofSide } from '../sides.ts';
import { TARGETS } from '../targets.ts';
import type { Line } from './chart.ts';
import { chartSvg } from './chart.ts';

export interface Plot {
  /** Also the alternative text. */
  readonly title: string;
  readonly file: string;
  readonly svg: string;
}

const PEER: Side = 'ORT-node with bias';

/** @param races - of one case, with each length at most once. */
export function plotsOf(machine: string, name: CaseName, races: readonly Race[]): Plot[] {
  // A line needs two lengths.
  if (races.length < 2) return [];
  const plot = (what: string, y: string, lines: readonly Line[], levels: readonly { name: string; y: number }[] = []): Plot[] => {
    if (lines.length === 0) return [];
    const title = `${CASES[name].title}: ${what}`;
    return [
      {
        title,
        file: `${machine}-${name}-${what.replaceAll(' ', '-')}.svg`,
        svg: chartSvg({ title, x: 'tokens', y, lines, levels }),
      },
    ];
  };
  return [
    ...plot('time', 'milliseconds', linesOf(races, medianMs)),
    ...plot(
      'time against ORT-node',
      `ours / ${PEER}, its fastest form`,
      [...ratios(races), ...bounds(name, races)],
      [{ name: 'equally fast', y: 1 }],
    ),
    ...plot(
      'peak memory',
      'MiB',
      linesOf(races, ({ memory }) => memory.peakMiB),
    ),
  ];
}

function linesOf(races: readonly Race[], figure: (one: TimedMeasurement, race: Race) => number | undefined): Line[] {
  const ascending = races.toSorted((a, b) => a.tokens - b.tokens);
  const all = ascending.flatMap((race) => timedOf(race).map((one) => ({ race, one })));
  const names = [...new Set(all.map(({ one }) => one.contender))];
  return names
    .map((name): Line => {
      const own = all.filter(({ one }) => one.contender === name);
      const points = own.flatMap(({ race, one }): [number, number][] => {
        const value = figure(one, race);
        return value === undefined ? [] : [[race.tokens, value]];
      });
      return { name, isOurs: own[0].one.origin === 'ours', points };
    })
    .filter(({ points }) => points.length > 0);
}

function ratios(races: readonly Race[]): Line[] {
  return linesOf(races, (one, race) => {
    const peer = ofSide(race, PEER);
    return one.origin === 'ours' && peer !== undefined ? medianMs(one) / medianMs(peer) : undefined;
  });
}

/** The targets of that ratio, one line per side of ours. */
function bounds(name: CaseName, races: readonly Race[]): Line[] {
  const own = TARGETS.filter(({ cases, measure, peer }) => cases.includes(name) && measure === 'time' && peer === PEER);
  return [...new Set(own.map(({ ours }) => ours))].map((side): Line => {
    const points = races.flatMap(({ tokens }) =>
      own
        .filter(({ ours, from, to }) => ours === side && from <= tokens && tokens <= to)
        .map(({ bound }): [number, number] => [tokens, bound]),
    );
    return { name: `target: ${side}`, isOurs: false, points: points.toSorted(([a], [b]) => a - b) };
  });
}
