// ALiBi: how near each implementation's slopes are to exact ones, and which form of the bias each adds.
import { table, text } from '../markdown.ts';
import type { Source, VectorRecord } from './records.ts';
import { figure, groupBy, largest, linkTo, readRecords } from './records.ts';

type SlopesCase = VectorRecord<
  {
    readonly float32: readonly number[];
    readonly float64: readonly number[];
    readonly trueRealRoundedToFloat64: readonly number[];
  },
  Readonly<Record<string, readonly number[]>>
>;

/** No rounding of a slope is as large; a larger difference is another formula. */
const ROUNDING = 0.01;
/** Remarks that the vectors append to a symbol: code whose slopes equal the reference's in float32. */
const EQUAL = ' (equal to expected.float32)';

const cases = readRecords<SlopesCase>('alibi-slopes').filter(({ otherImplementations }) => otherImplementations !== undefined);
const sources = cases[0].otherSources ?? [];
const names = Object.keys(cases[0].otherImplementations ?? {});

export function alibiSection(): string {
  const heads = cases.map(({ params }) => Number(params['heads']));
  return `## ALiBi slopes {#alibi}

Slopes for ${cases.length} head counts from ${Math.min(...heads)} to ${Math.max(...heads)}, compared with the exact slopes of the published rule
(interleaved where the count is no power of two). Differences are relative.

${table(
  ['code', 'stored as', 'same as the exact slope in float32', 'rounding error up to', 'other slopes'],
  [
    summary(cases[0].source, 'float64', ({ expected }) => expected.float64),
    ...sources
      .filter(({ symbol }) => symbol.endsWith(EQUAL))
      .map((source) =>
        summary({ ...source, symbol: source.symbol.replace(EQUAL, '') }, 'float32', ({ expected }) => expected.float32),
      ),
    ...names.map((name) => {
      const [, code, stored] = /^(.+)-(\w+)$/.exec(name) ?? [];
      const source = sources.find(({ repo, path }) => repo.endsWith(code) || path.includes(`/${code}/`));
      if (source === undefined) throw new Error(`alibi-slopes: no source is recorded for ${name}`);
      return summary(source, stored, ({ otherImplementations = {} }) => otherImplementations[name]);
    }),
  ],
)}

## ALiBi bias {#alibi-bias}

The same slopes make different tensors. A difference that is constant along a row leaves the attention output as it is and changes the
log-sum-exp. The remarks are those of the vectors.

${forms()}
`;
}

function summary(source: Source, stored: string, slopesOf: (one: SlopesCase) => readonly number[]): string[] {
  const errors = cases.map((one) => ({
    heads: Number(one.params['heads']),
    error: largest(slopesOf(one).map((slope, head) => Math.abs(slope / one.expected.trueRealRoundedToFloat64[head] - 1))),
    same: slopesOf(one).every((slope, head) => Math.fround(slope) === Math.fround(one.expected.trueRealRoundedToFloat64[head])),
  }));
  const rounded = errors.filter(({ error }) => error < ROUNDING);
  const other = errors.filter(({ error }) => error >= ROUNDING).map(({ heads }) => heads);
  const where = `${other.length} head counts<br><small>${other.slice(0, 6).join(', ')}${other.length > 6 ? ', …' : ''}</small>`;
  return [
    linkTo(source),
    stored,
    `${errors.filter(({ same }) => same).length} of ${cases.length} head counts`,
    figure(largest(rounded.map(({ error }) => error))),
    other.length === 0 ? '' : where,
  ];
}

function forms(): string {
  const biases = readRecords('alibi-bias');
  const groups = groupBy(biases, ({ source, note = '' }) => [source.repo, source.symbol, note].join('\n'));
  return table(
    ['code', 'form', 'cases'],
    [...groups.values()].map((group) => {
      const [{ source, note, params }] = group;
      // flashT5 names its forms by a parameter.
      const form = note ?? (params['mode'] === undefined ? '' : String(params['mode']));
      return [linkTo(source), text(form), String(group.length)];
    }),
  );
}
