// The page of one family, from its definition alone: a family that joins the list has one without an edit here.
import type { FamilyDefinition } from '@relbias/bias-spec';
import { scalesOf } from '@relbias/bias-spec';
import { exampleBlock } from './examples.ts';
import { figuresOf } from './family-figures.ts';
import { usersOf } from './family-users.ts';
import { vectorsOf } from './family-vectors.ts';
import { citation, table, text } from './markdown.ts';
import { trapFigures } from './trap-figures.ts';

/** An ordinary head dimension, to show what a convention comes to. */
const HEAD_DIM = 64;

/** The page as Markdown. */
export function familyPage(family: FamilyDefinition): string {
  const { scale, biasScale } = scalesOf(family.convention, HEAD_DIM);
  return `# ${text(family.title)}

${text(family.idea)}

$$
${family.formula}
$$

- **Name**: \`${family.name}\`, ${family.kind === 'learned' ? 'learned' : 'nothing to learn'}
- **Source**: ${citation(family.citation)}
- **Convention**: \`${family.convention}\`, which with ${HEAD_DIM} channels a head multiplies scores by ${scale} and the bias by ${biasScale}
  ([where the scale meets the bias](../conventions.md#where-the-scale-meets-the-bias))

## See it

<FamilyExplorer family="${family.name}">

The curve and the matrices need a browser that runs scripts.

</FamilyExplorer>

## Parameters

${parameters(family)}

## In code

${exampleBlock(`families/${family.name}`)}

<RunExample name="families/${family.name}" />

## Who uses it

${users(family)}

${traps(family)}
${figuresOf(family.name)}
${vectorsOf(family.name)}`;
}

function parameters({ parameters: all }: FamilyDefinition): string {
  if (all.length === 0) return 'None.';
  const rows = all.map(({ name, shape, meaning, learned, initialisation }) => [
    `${text(name)}<br><small>${text(shape)}</small>`,
    ...[meaning, learned ? 'yes' : 'no', initialisation].map(text),
  ]);
  return table(['name, shape', 'meaning', 'learned', 'initialisation'], rows);
}

function users({ name }: FamilyDefinition): string {
  const rows = usersOf(name).map(({ who, convention, note, link }) => {
    const { scale, biasScale } = scalesOf(convention, HEAD_DIM);
    const named = link === undefined ? text(who) : `[${text(who)}](${link})`;
    const remark = note === undefined ? '' : `<br><small>${text(note)}</small>`;
    return [`${named}${remark}`, `\`${convention}\``, String(scale), String(biasScale)];
  });
  return table(['who', 'convention', 'score times', 'bias times'], rows);
}

function traps({ name, traps: all }: FamilyDefinition): string {
  if (all.length === 0) return '';
  return `## Where ports go wrong

${all.map((trap) => `- ${text(trap)}`).join('\n')}

${trapFigures(name)}
`;
}
