// The targets of a machine's section: what the kernels were meant to reach, and what they reached.
import { CASES } from '../cases.ts';
import type { Race } from '../race.ts';
import type { Verdict } from '../verdicts.ts';
import { got, judge, wanted } from '../verdicts.ts';
import { details, table } from './table.ts';

export function targetsSection(races: readonly Race[]): string {
  const verdicts = judge(races);
  if (verdicts.length === 0) return '';
  const missed = verdicts.filter(({ met }) => !met);
  const all = details(`All ${verdicts.length} targets`, targetsTable(verdicts));
  const introduction = `### Targets

${verdicts.length - missed.length} of ${verdicts.length} targets are met, ${missed.length} missed. A ratio is ours / theirs, with the peer's fastest form. *Prototype* targets were reached by a
prototype of the kernel on a 2-core Zen 5; *goal* targets were set from the limit of the hardware before the kernel was written.
[How the kernel is built](performance.md#where-targets-are-missed) explains the missed ones.
`;
  return [introduction, ...(missed.length === 0 ? [] : [`Missed:\n\n${targetsTable(missed)}\n`]), all].join('\n');
}

function targetsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { race, target, ours, peer, met } = verdict;
    return [
      `${CASES[race.case].title}, ${race.tokens}`,
      target.measure,
      ours.contender,
      peer === undefined ? 'the limit' : peer.contender,
      got(verdict),
      wanted(verdict),
      target.source,
      met ? 'met' : '**missed**',
    ];
  });
  return table(['case', 'measure', 'ours', 'against', 'measured', 'target', 'source', ''], rows);
}
