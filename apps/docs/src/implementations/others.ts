// KERPLE, FIRE, DeBERTa, Swin and whole attention: what else the vectors record of the difference between implementations.
import { table, text } from '../markdown.ts';
import type { Source, VectorRecord } from './records.ts';
import { figure, groupBy, largest, linkTo, readRecords } from './records.ts';

interface CrossCheck {
  readonly source: Source;
  readonly maxAbsDiff: number;
}

interface AttentionCase extends VectorRecord {
  readonly attentionCrossCheck?: CrossCheck;
  readonly upstreamForwardCrossCheck?: CrossCheck;
}

export function fireSection(): string {
  const cases = readRecords<
    VectorRecord<{
      readonly maxAbsDifferenceBetweenImplementationsOnCausalPart: number;
      readonly upstreamFloat32MaxAbsDiff: number;
      readonly signedNote: string;
    }>
  >('fire');
  const [{ source, expected }] = cases;
  const apart = largest(cases.map((one) => one.expected.maxAbsDifferenceBetweenImplementationsOnCausalPart));
  return `## FIRE {#fire}

${table(
  ['code'],
  [source, ...(source.alsoRun ?? [])].map((one) => [linkTo(one)]),
)}

With the same weights in float64 these ${apart === 0 ? 'return equal biases' : `differ by at most ${figure(apart)}`} for keys up to the query (${cases.length} cases). For keys
after the query they differ: ${text(expected.signedNote)}. Computed in float32 as published, the bias is off by up to
${figure(largest(cases.map((one) => one.expected.upstreamFloat32MaxAbsDiff)))}.
`;
}

export function kerpleSection(): string {
  const cases = readRecords<VectorRecord<{ readonly upstreamFloat32MaxRelDiff?: number }>>('kerple');
  const groups = groupBy(
    cases.filter(({ expected }) => expected.upstreamFloat32MaxRelDiff !== undefined),
    ({ family }) => family,
  );
  const notes = [...new Set(cases.flatMap(({ note = [] }) => note))];
  return `## KERPLE {#kerple}

${table(
  ['family', 'code', 'cases', 'float32 as published, relative error up to'],
  [...groups].map(([family, group]) => [
    `\`${family}\``,
    linkTo(group[0].source),
    String(group.length),
    figure(largest(group.map(({ expected }) => expected.upstreamFloat32MaxRelDiff ?? 0))),
  ]),
)}

${notes.map((note) => `- ${text(note)}`).join('\n')}
`;
}

export function debertaSection(): string {
  const name = 'microsoft/DeBERTa make_log_bucket_position';
  const cases = readRecords<
    VectorRecord<
      unknown,
      { readonly differencesInsideMaxPosition: readonly unknown[]; readonly [name]: { readonly note: string } }
    > & {
      readonly exactArithmetic?: { readonly disagreeingOffsets: readonly unknown[] };
    }
  >('deberta-buckets').filter(({ degenerate }) => degenerate !== true);
  const off = cases.filter(({ exactArithmetic }) => exactArithmetic?.disagreeingOffsets.length !== 0).length;
  const apart = cases.filter(
    ({ otherImplementations }) => otherImplementations?.differencesInsideMaxPosition.length !== 0,
  ).length;
  return `## DeBERTa log buckets {#deberta}

${linkTo(cases[0].source).replace('<br>', ' ')} leaves exact arithmetic in ${off} of ${cases.length} settings. \`${name}\` returns other buckets
inside \`maxPosition\` in ${apart} of them. Outside, it ${text(cases[0].otherImplementations?.[name].note ?? '')}.
`;
}

export function swinSection(): string {
  const cases = readRecords('swin').filter(({ kind }) => kind === 'index');
  const [{ source }] = cases;
  return `## Swin window index {#swin}

${linkTo(source).replace('<br>', ' ')}, ${cases.length} windows. The vectors record the same index for ${text(source.alsoEqualTo ?? '')}.
`;
}

export function attentionSection(): string {
  const cases = readRecords<AttentionCase>('attention');
  const checked = groupBy(
    cases.filter(({ attentionCrossCheck }) => attentionCrossCheck !== undefined),
    ({ family, params }) => `${family}\n${params['mode']}`,
  );
  const forward = cases.flatMap(({ params, upstreamForwardCrossCheck: check }) => (check ? [{ params, check }] : []));
  const check = [...checked.values()][0][0].attentionCrossCheck?.source;
  if (check === undefined) throw new Error('attention: no case is checked by a second implementation');
  return `## Whole attention, by family and convention {#attention}

Outputs of the vectors are float64: bias code of the source, attention around it. A second implementation, ${linkTo(check).replace('<br>', ' ')},
computed them again in float64. [Conventions](../conventions.md#where-the-scale-meets-the-bias) explains the names.

${table(
  ['family', 'convention', 'formula', 'bias from', 'cases', 'second implementation off by up to'],
  [...checked.values()].map((group) => [
    `\`${group[0].family}\``,
    `\`${group[0].params['mode']}\``,
    text(String(group[0].params['formula'])),
    linkTo(group[0].source),
    String(group.length),
    figure(largest(group.map(({ attentionCrossCheck }) => attentionCrossCheck?.maxAbsDiff ?? 0))),
  ]),
)}

As published, with the softmax in float32:

${table(
  ['code', 'convention', 'queries x keys', 'off by up to'],
  forward.map(({ params, check: { source, maxAbsDiff } }) => [
    linkTo(source),
    `\`${params['mode']}\``,
    `${params['queryLength']} x ${params['keyLength']}`,
    figure(maxAbsDiff),
  ]),
)}
`;
}
