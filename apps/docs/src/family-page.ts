// The page of one family, from its definition alone: a family that joins the list has one without an edit here.
import type { FamilyDefinition } from '@relbias/bias-spec';
import { scalesOf } from '@relbias/bias-spec';
import { figuresOf } from './family-figures.ts';
import { citation, table, text } from './markdown.ts';

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

## Parameters

${parameters(family)}

${traps(family)}
${figuresOf(family.name)}`;
}

function parameters({ parameters: all }: FamilyDefinition): string {
  if (all.length === 0) return 'None.';
  const rows = all.map(({ name, shape, meaning, learned, initialisation }) =>
    [name, shape, meaning, learned ? 'yes' : 'no', initialisation].map(text),
  );
  return table(['name', 'shape', 'meaning', 'learned', 'initialisation'], rows);
}

function traps({ traps: all }: FamilyDefinition): string {
  if (all.length === 0) return '';
  return `## Where ports go wrong

${all.map((trap) => `- ${text(trap)}`).join('\n')}
`;
}
