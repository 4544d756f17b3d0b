// The page for those who write kernels in any language: the golden vectors to download, their format, and a checker of answers.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { table } from './markdown.ts';

const conformance = path.resolve('../../packages/conformance');
/** The checker and the example; then the vectors. */
const SCRIPTS = ['check.py', 'example.py'];
const FOLDER = 'vectors';

interface Download {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const downloads: readonly Download[] = [
  ...SCRIPTS.map((name) => path.join(conformance, 'judge', name)),
  ...readdirSync(path.join(conformance, 'vectors'))
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => path.join(conformance, 'vectors', name)),
].map((file) => {
  const content = readFileSync(file);
  return {
    name: path.basename(file),
    file,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
});

/** The page as Markdown. */
export function judgePage(): string {
  return `# Check your own implementation

You write attention with a position bias in any language. The golden vectors hold inputs, the outputs of published code and the error that
is allowed; a short Python program compares your outputs with them. It needs nothing of relbias.

\`\`\`sh
python3 check.py attention.json answers.json
\`\`\`

- [attention.json](../${FOLDER}/attention.json){download} holds ${attentionCases()} problems: \`q\`, \`k\`, \`v\`, the parameters of the bias, the convention and the mask.
- \`answers.json\` is yours: \`{"<case id>": {"output": [...], "logSumExp": [...]}}\`, nested or flat; \`logSumExp\` is optional.
- [check.py](../${FOLDER}/check.py){download} prints a line for each tensor that is off, and exits with 1. \`--only /alibi/\` judges the cases whose id
  contains that text; \`--tolerance 1e-2\` replaces the float32 tolerance of the cases, for a kernel in bfloat16 or float16. Inputs
  are exact in both.

A kernel that JavaScript can call has [a much harder judge](../your-own-kernel.md): the conformance suite.

## The checker

Python 3.8 or later, standard library only.

${script('check.py')}

## An example in NumPy

It answers the cases without a bias, with ALiBi and with T5: replace \`attention\` by your kernel.

\`\`\`sh
python3 example.py attention.json answers.json
python3 check.py attention.json answers.json --only /alibi/
\`\`\`

Answers are plain lists: NumPy arrays and PyTorch tensors both become them by \`.tolist()\` (\`tensor.float().tolist()\` from bfloat16).

${script('example.py')}

## When a case fails

| what fails | look at |
| --- | --- |
| \`before-scaling\` passes, \`after-scaling\` does not, or the reverse | where the bias meets the scale: [conventions](../conventions.md#where-the-scale-meets-the-bias) |
| everything but \`none\` | the sign of the bias; \`distance\` is query minus key |
| \`t5\` and \`full\`, while \`causal\` passes | the direction of bidirectional buckets: a key after its query takes the upper half |
| \`4x11\`, \`1x9\` and other cases with fewer queries than keys | \`queryOffset\`: the position of query 0 |
| \`logSumExp\` alone | a constant was added to each row, as BLOOM's form of ALiBi does |

## The files

The files of [\`packages/conformance/vectors\`](https://github.com/relbias/relbias/tree/main/packages/conformance/vectors), byte for byte.
[SHA256SUMS](../${FOLDER}/SHA256SUMS){download} holds the hashes for \`sha256sum --check\`; [other implementations](./implementations.md) says whose
code produced the numbers.

${table(
  ['file', 'kB', 'sha256'],
  downloads.map(({ name, bytes, sha256 }) => [
    `[${name}](../${FOLDER}/${name}){download}`,
    String(Math.ceil(bytes / 1000)),
    `<code class="hash">${sha256}</code>`,
  ]),
)}

${format()}
`;
}

/** Writes the files into the built site. */
export function publishDownloads(outDir: string): void {
  const folder = path.join(outDir, FOLDER);
  mkdirSync(folder, { recursive: true });
  for (const { name, file } of downloads) cpSync(file, path.join(folder, name));
  writeFileSync(path.join(folder, 'SHA256SUMS'), downloads.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
}

function attentionCases(): number {
  const file = path.join(conformance, 'vectors/attention.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { count: number }).count;
}

function script(name: string): string {
  return `\`\`\`py\n${readFileSync(path.join(conformance, 'judge', name), 'utf8').trimEnd()}\n\`\`\``;
}

/** The README of the vectors, as a section: its title one level down, links to files as links to the repository. */
function format(): string {
  return readFileSync(path.join(conformance, 'vectors/README.md'), 'utf8')
    .replaceAll(/^#/gm, '##')
    .replaceAll(/\]\((?!https:)([^)]+)\)/g, '](https://github.com/relbias/relbias/blob/main/packages/conformance/vectors/$1)')
    .trimEnd();
}
