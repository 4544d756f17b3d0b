// Compares the targets with the measurements.
import { medianMs, shareOfLimit } from './figures.ts';
import type { TimedMeasurement } from './figures.ts';
import type { Race } from './race.ts';
import { ofSide } from './sides.ts';
import type { Target } from './targets.ts';
import { TARGETS } from './targets.ts';

/** The result of a target for one case and length. */
export interface Verdict {
  readonly race: Race;
  readonly target: Target;
  /** The contenders of the two sides. */
  readonly ours: TimedMeasurement;
  readonly peer: TimedMeasurement | undefined;
  readonly value: number;
  readonly met: boolean;
}

/** The verdict on every target that these races decide. If a case was raced more than once, the newest race counts. */
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

/** The bound, as in a table: "≤ 0.70", "≥ 80 %". */
export function wanted(verdict: Verdict): string {
  const { measure, bound } = verdict.target;
  return `${measure === 'share of limit' ? '≥' : '≤'} ${figureOf(bound, verdict)}`;
}

/** The measured figure. */
export function got(verdict: Verdict): string {
  return figureOf(verdict.value, verdict);
}

/** A missed target is printed with enough digits to distinguish figure and bound: never "80 % >= 80 %". */
function figureOf(figure: number, { target: { measure, bound }, value, met }: Verdict): string {
  const [factor, unit, fewest] = measure === 'share of limit' ? [100, ' %', 0] : [1, '', 2];
  let digits = fewest;
  while (!met && digits < fewest + 4 && (factor * value).toFixed(digits) === (factor * bound).toFixed(digits)) digits++;
  return `${(factor * figure).toFixed(digits)}${unit}`;
}
