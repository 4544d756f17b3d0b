// The page of one family, from its definition alone: a family that joins the list has one without an edit here.
import type { FamilyDefinition, FamilyOption } from '@relbias/bias-spec';
import { scalesOf } from '@relbias/bias-spec';
import { familyExample } from './examples.ts';
import { figuresOf } from './family-figures.ts';
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

## Options

${options(family)}

## In code

${familyExample(family.name)}

<RunExample family="${family.name}" />

## Who uses it

${users(family)}

${traps(family)}
${figuresOf(family.name)}
${vectorsOf(family.name)}`;
}

function options({ options: all }: FamilyDefinition): string {
  if (all.length === 0) return 'None.';
  const rows = all.map((option) => [
    `\`${option.name}\`<br><small>${text(takes(option))}</small>`,
    text(option.kind === 'boolean' ? `Whether ${option.meaning}` : option.meaning),
    option.required ? 'required' : option.default === undefined ? '' : text(String(option.default)),
    option.parameter === undefined ? '' : option.parameter,
    text(option.initialisation ?? ''),
  ]);
  const spoken = all.every(({ kind, required }) => kind !== 'function' || required !== true)
    ? '`relbias bias --help` has them as the command line calls them.'
    : 'The function is for code: the command line does not have this family.';
  return `Beside \`heads\`. Learned parameters receive gradients; a training begins with the initialisation, or with the default where none is
told. ${spoken}

${table(['option', 'meaning', 'default', 'parameter', 'initialisation'], rows)}`;
}

/** What an option takes, in words. */
function takes(option: FamilyOption): string {
  switch (option.kind) {
    case 'integer':
      return `integer, ${option.most === undefined ? `at least ${option.least}` : `${option.least} to ${option.most}`}`;
    case 'number':
      return option.above === undefined ? 'number' : `number above ${option.above}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return option.choices.join(', ');
    case 'numbers':
      return `numbers, ${option.shape}`;
    case 'layers':
      return `layers, ${option.shape}`;
    case 'function':
      return 'function';
    default:
      return option satisfies never;
  }
}

function users({ users: all = [] }: FamilyDefinition): string {
  if (all.length === 0) return 'No published model that is known here adds it.';
  const rows = all.map(({ who, convention, note, link }) => {
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
