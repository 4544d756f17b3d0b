// The page of one family, written from its definition alone: a new family needs no change here.
import type { Convention, FamilyDefinition, FamilyOption } from '@relbias/bias-spec';
import { scalesOf } from '@relbias/bias-spec';
import { familyExample } from './examples.ts';
import { figuresOf } from './family-figures.ts';
import { vectorsOf } from './family-vectors.ts';
import { citation, table, text } from './markdown.ts';
import { trapFigures } from './trap-figures.ts';

/** A common head dimension, for the factors of a convention. */
const HEAD_DIM = 64;

/** The page as Markdown. */
export function familyPage(family: FamilyDefinition): string {
  return `# ${text(family.title)}

${text(family.idea)}

$$
${formulaLines(family.formula)}
$$

${symbols(family)}

- **Name**: \`${family.name}\`, ${family.kind === 'learned' ? 'with learned parameters' : 'without learned parameters'}
- **Source**: ${citation(family.citation)}
- **Convention**: \`${family.convention}\` (${factors(family.convention)};
  [where the bias is added](../conventions.md#where-the-scale-meets-the-bias))

## See it

<FamilyExplorer family="${family.name}">

The figures of this family are interactive and need JavaScript.

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

/** What the symbols of the formula mean, as a definition list. */
function symbols({ symbols: all = [] }: FamilyDefinition): string {
  if (all.length === 0) return '';
  const rows = all.map(([tex, meaning]) => `<dt>\n\n$${tex}$\n\n</dt>\n<dd>\n\n${text(meaning)}\n\n</dd>`);
  return `<dl class="symbols">\n${rows.join('\n')}\n</dl>`;
}

/** The formula in lines, broken where it has wide spaces between its parts: a phone shows each part whole. */
export function formulaLines(formula: string): string {
  const parts: string[] = [''];
  let depth = 0;
  for (const token of formula.split(/(\\begin\{\w+\}|\\end\{\w+\}|\\qquad|\\quad)/)) {
    if (token.startsWith(String.raw`\begin`)) depth++;
    if (token.startsWith(String.raw`\end`)) depth--;
    const breaks = depth === 0 && (token === String.raw`\qquad` || token === String.raw`\quad`);
    if (breaks) parts.push('');
    else parts[parts.length - 1] += token;
  }
  const lines = parts.map((part) => part.trim());
  return lines.length === 1 ? formula : String.raw`\begin{aligned} & ${lines.join(String.raw` \\[0.4em] & `)} \end{aligned}`;
}

/** What a convention multiplies by: fixed numbers, or those of a common head dimension. */
function factors(convention: Convention): string {
  const { scale, biasScale } = scalesOf(convention, HEAD_DIM);
  const other = scalesOf(convention, 4 * HEAD_DIM);
  const fixed = scale === other.scale && biasScale === other.biasScale;
  return `scale = ${scale}, biasScale = ${biasScale}${fixed ? ' for every head dimension' : ` at head dimension ${HEAD_DIM}`}`;
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
  const inProgram = all.every(({ kind, required }) => kind !== 'function' || required !== true)
    ? '`relbias bias --help` lists them under their names on the command line.'
    : 'The command line does not have this family, because an option is a function.';
  return `Every option besides \`heads\`. Learned parameters receive gradients. Training starts from the initialisation, or from the default
where the table gives no initialisation. ${inProgram}

${table(['option', 'meaning', 'default', 'parameter', 'initialisation'], rows)}`;
}

/** The values that an option takes, in words. */
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
  if (all.length === 0) return 'We know of no published model that uses it.';
  const rows = all.map(({ who, convention, note, link }) => {
    const { scale, biasScale } = scalesOf(convention, HEAD_DIM);
    const named = link === undefined ? text(who) : `[${text(who)}](${link})`;
    const remark = note === undefined ? '' : `<br><small>${text(note)}</small>`;
    return [`${named}${remark}`, `\`${convention}\``, String(scale), String(biasScale)];
  });
  return `Factors at head dimension ${HEAD_DIM}.\n\n${table(['who', 'convention', 'scale', 'biasScale'], rows)}`;
}

function traps({ name, traps: all }: FamilyDefinition): string {
  if (all.length === 0) return '';
  return `## Where ports go wrong

${all.map((trap) => `- ${text(trap)}`).join('\n')}

${trapFigures(name)}
`;
}
