// docs/benchmarks.md as text, from what is saved. No figure in it is typed by anyone.
import type { CaseName } from '../cases.ts';
import { CASES, CASE_NAMES } from '../cases.ts';
import { medianMs, shareOfLimit, timedOf } from '../figures.ts';
import { isLoaded } from '../machine.ts';
import type { Measurement, Race } from '../race.ts';
import { milliseconds } from '../report.ts';
import type { Saved } from '../saved.ts';
import { ofSide } from '../sides.ts';
import type { Verdict } from '../verdicts.ts';
import { got, judge, wanted } from '../verdicts.ts';
import type { Plot } from './plots.ts';
import { plotsOf } from './plots.ts';

export interface Page {
  readonly markdown: string;
  readonly plots: readonly Plot[];
}

export type SavedByName = ReadonlyMap<string, Saved>;

const INTRODUCTION = `# Benchmarks

<!-- Written by "npm run bench -- --page" from docs/reports/bench-*.json. Edits here are lost. -->

Attention with a relative position bias, side by side with other libraries: one batch row, 8 heads, head dimension 64, float32 unless a
name says otherwise, one thread unless a name says otherwise. Every contender runs in a process of its own, and all take turns, so that
a mood of the machine meets all alike; a figure is the median of the rounds. Only times of one run are compared with each other. Every
output is compared with the float64 oracle: whoever is wrong has no time.

- **with bias**: the library's bias over all pairs is made in every call, as a program does whose lengths vary. **prebuilt**: it was made before.
- **in place**: inputs and output are the backend's own memory, nothing is copied. **revectorized**: with V8's WebAssembly revectorizer on.
- **of the limit**: operations of the two matrix products over visible pairs, as a share of what WebAssembly SIMD reached in the same
  process with nothing but products and sums. A kernel that proves pairs away is counted as if it had computed them.
- **peak memory**: resident memory of the whole process at its greatest, Node and inputs included.

Again on your machine: \`npm run bench -- --full --save NAME\`, then \`npm run bench -- --page\`.
`;

export function benchmarksPage(all: SavedByName): Page {
  const sections = [...all].map(([name, saved]) => machineSection(name, saved));
  const none = 'No figures are saved yet.\n';
  return {
    markdown: [INTRODUCTION, ...(sections.length > 0 ? sections.map(({ markdown }) => markdown) : [none])].join('\n'),
    plots: sections.flatMap(({ plots }) => plots),
  };
}

function machineSection(name: string, { machine, races }: Saved): Page {
  const { cpu, cores, memoryGiB, system, node, v8, flags } = machine;
  const dates = races.map(({ date }) => date.slice(0, 10)).toSorted();
  const commits = [...new Set(races.map(({ commit }) => commit ?? 'unknown'))];
  const versions = [...new Set(races.flatMap(({ measurements }) => measurements.map(({ version }) => version)))];
  const loaded = races.filter(({ load }) => isLoaded(load));
  const sections = CASE_NAMES.map((one) =>
    caseSection(
      name,
      one,
      races.filter((race) => race.case === one),
    ),
  );
  const facts = [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node} (V8 ${v8}), flags: ${flags.join(' ') || 'none'}.`,
    `Measured ${[...new Set([dates[0], dates.at(-1)])].join(' to ')} at commit ${commits.join(', ')} with ${versions.join(', ')}.`,
    loaded.length === 0
      ? 'The machine was otherwise idle.'
      : `**Other programs kept the machine busy** during ${loaded.map((race) => `${race.case} ${race.tokens}`).join(', ')}: those times say little.`,
  ];
  const markdown = [
    `## ${name}\n`,
    `${facts.join('\n')}\n`,
    targetsSection(races),
    ...sections.map((section) => section.markdown),
  ];
  return { markdown: markdown.filter((text) => text !== '').join('\n'), plots: sections.flatMap(({ plots }) => plots) };
}

function targetsSection(races: readonly Race[]): string {
  const verdicts = judge(races);
  if (verdicts.length === 0) return '';
  const missed = verdicts.filter(({ met }) => !met);
  const all = `<details>\n<summary>All ${verdicts.length} targets</summary>\n\n${targetsTable(verdicts)}\n\n</details>\n`;
  return `### Targets

${verdicts.length - missed.length} met, ${missed.length} missed. Ratios are ours / theirs, and theirs is the fastest of its forms. Targets called *prototype* were
reached by a prototype of the kernel on a 2-core Zen 5; *goal* was set from the limit of the hardware.

${missed.length === 0 ? all : `Missed:\n\n${targetsTable(missed)}\n\n${all}`}`;
}

function targetsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { race, target, ours, peer, met } = verdict;
    const against = peer === undefined ? 'the limit' : peer.contender;
    const what = `${CASES[race.case].title}, ${race.tokens}`;
    return [
      what,
      target.measure,
      ours.contender,
      against,
      got(verdict),
      wanted(verdict),
      target.source,
      met ? 'met' : '**missed**',
    ];
  });
  return table(['case', 'measure', 'ours', 'against', 'is', 'target', 'source', ''], rows);
}

function caseSection(machine: string, name: CaseName, races: readonly Race[]): Page {
  if (races.length === 0) return { markdown: '', plots: [] };
  const { title, about } = CASES[name];
  const plots = plotsOf(machine, name, mainRaces(races));
  const images = plots.map((plot) => `![${plot.title}](./benchmarks/${plot.file})\n`);
  const ascending = races.toSorted((a, b) => a.tokens - b.tokens || a.date.localeCompare(b.date));
  const tables = ascending.map(
    (race) => `<details>\n<summary>${race.tokens} tokens: ${whoRaced(race)}</summary>\n\n${figuresTable(race)}\n\n</details>\n`,
  );
  return { markdown: [`### ${title}\n`, `${about}\n`, ...images, ...tables].join('\n'), plots };
}

/** "relbias (3), ORT-node (4)": several races of one length differ in that. */
function whoRaced({ measurements }: Race): string {
  const names = measurements.map(({ contender }) => contender.split(' ')[0]);
  return [...new Set(names)].map((name) => `${name} (${names.filter((one) => one === name).length})`).join(', ');
}

/** Of each length the race with most contenders: plots compare within one race only. */
function mainRaces(races: readonly Race[]): Race[] {
  const main = new Map<number, Race>();
  for (const race of races) {
    const rival = main.get(race.tokens);
    if (timedOf(race).length > (rival === undefined ? 0 : timedOf(rival).length)) main.set(race.tokens, race);
  }
  return [...main.values()];
}

/** With the ratio of every time to the best that ONNX Runtime does natively with its bias made in the call. */
function figuresTable(race: Race): string {
  const peer = ofSide(race, 'ORT-node with bias');
  const head = ['', 'median ms', 'least', 'of the limit', 'peak MiB', 'error', 'ran on'];
  if (peer === undefined) return table(head, race.measurements.map(figuresRow));
  const rows = race.measurements.map((one) => [
    ...figuresRow(one),
    one.outcome === 'timed' ? (medianMs(one) / medianMs(peer)).toFixed(2) : '',
  ]);
  return table([...head, `time / ${peer.contender}`], rows);
}

function figuresRow(one: Measurement): string[] {
  if (one.outcome === 'failed') return [one.contender, `failed: ${one.reason.split('\n')[0]}`, '', '', '', '', ''];
  if (one.outcome === 'wrong')
    return [one.contender, 'wrong', '', '', '', one.error === null ? 'not numbers' : one.error.toExponential(1), ''];
  return [
    one.contender,
    milliseconds(medianMs(one)),
    milliseconds(Math.min(...one.times)),
    `${(100 * shareOfLimit(one)).toFixed(0)} %`,
    one.memory.peakMiB.toFixed(0),
    one.error.toExponential(1),
    one.ranOn ?? '',
  ];
}

/** Cells are plain words; numbers stand at the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
