// The targets against what was measured.
import { medianMs, shareOfLimit } from './figures.ts';
import type { TimedMeasurement } from './figures.ts';
import type { Race } from './race.ts';
import { ofSide } from './sides.ts';
import type { Target } from './targets.ts';
import { TARGETS } from './targets.ts';

/** What became of a target on one case and length. */
export interface Verdict {
  readonly race: Race;
  readonly target: Target;
  /** Who stood for the two sides. */
  readonly ours: TimedMeasurement;
  readonly peer: TimedMeasurement | undefined;
  readonly value: number;
  readonly met: boolean;
}

/** Every target that these races can tell anything about. A case that was raced more than once counts as last measured. */
export function judge(races: readonly Race[], targets: readonly Target[] = TARGETS): Verdict[] {
  const newestFirst = races.toSorted((a, b) => b.date.localeCompare(a.date));
  return targets.flatMap((target) => {
    const verdicts = newestFirst.flatMap((race) => judgeOne(race, target) ?? []);
    const seen = new Set<string>();
    const last = verdicts.filter(({ race }) => {
      const place = `${race.case} ${race.tokens}`;
      return !seen.has(place) && seen.add(place);
    });
    return last.toSorted(
      (a, b) => target.cases.indexOf(a.race.case) - target.cases.indexOf(b.race.case) || a.race.tokens - b.race.tokens,
    );
  });
}

function judgeOne(race: Race, target: Target): Verdict | undefined {
  const { cases, from, to, measure, bound } = target;
  if (!cases.includes(race.case) || race.tokens < from || race.tokens > to) return undefined;
  const ours = ofSide(race, target.ours);
  if (ours === undefined) return undefined;
  if (target.peer === undefined) {
    const value = shareOfLimit(ours);
    return { race, target, ours, peer: undefined, value, met: value >= bound };
  }
  const peer = ofSide(race, target.peer);
  if (peer === undefined) return undefined;
  const value = measure === 'time' ? medianMs(ours) / medianMs(peer) : ours.memory.peakMiB / peer.memory.peakMiB;
  return { race, target, ours, peer, value, met: value <= bound };
}

/** The target and what became of it, as in a table: "≤ 0.70", "≥ 80 %". */
export function wanted({ target: { measure, bound } }: Verdict): string {
  return measure === 'share of limit' ? `≥ ${percent(bound)}` : `≤ ${bound.toFixed(2)}`;
}

export function got({ target: { measure }, value }: Verdict): string {
  return measure === 'share of limit' ? percent(value) : value.toFixed(2);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
