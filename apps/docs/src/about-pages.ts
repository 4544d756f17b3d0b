// The changelog, from the changesets and from the packages' own changelogs, and how to cite this version.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve('../..');

/** Of the package `relbias`; 0.0.0 before the first release. */
export const version: string = (
  JSON.parse(readFileSync(path.join(root, 'packages/relbias/package.json'), 'utf8')) as { version: string }
).version;

/** Changes that no release holds yet, then those of every published package. */
export function changelogPage(): string {
  const pending = changesets();
  const current = version === '0.0.0' ? 'Version 0.0.0: nothing is published on npm yet.' : `The current version is ${version}.`;
  return `# Changelog

${current} Versions follow [semantic versioning](https://semver.org).

${pending.length > 0 ? `## Not released yet\n\n${pending.join('\n\n')}\n` : ''}
${packageChangelogs().join('\n\n')}
`;
}

/** BibTeX of the software and of the book whose chapter it follows. */
export function citePage(): string {
  return `# How to cite

Citation in BibTeX. Cite the software with its version, as results may change between versions, and the paper of the family you use: each
[family page](../families/alibi.md) names its source.

\`\`\`bibtex
@software{relbias,
  title   = {relbias: attention with relative position bias for TypeScript},
  author  = {{The relbias authors}},
  version = {${version}},
  url     = {https://github.com/relbias/relbias}
}
\`\`\`

${version === '0.0.0' ? 'No version is published yet: add the commit you used as `note = {commit ...}`.\n' : ''}
The terms and worked examples follow chapter 2 of this book ([its questions, answered](../book.md)):

\`\`\`bibtex
@misc{xiao2025foundations,
  title         = {Foundations of Large Language Models},
  author        = {Tong Xiao and Jingbo Zhu},
  year          = {2025},
  eprint        = {2501.09223},
  archivePrefix = {arXiv},
  primaryClass  = {cs.CL}
}
\`\`\`

## Licence

MIT license. For the golden vectors, also name the implementations that produced them: [other implementations](../prove/implementations.md).
`;
}

/** Each changeset: its text, and the packages with the size of the change. */
function changesets(): string[] {
  const folder = path.join(root, '.changeset');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .toSorted()
    .map((name) => {
      const [, front, body] = /^---\n([\s\S]*?)\n?---\n([\s\S]*)$/.exec(readFileSync(path.join(folder, name), 'utf8')) ?? [];
      if (body === undefined) throw new Error(`.changeset/${name}: no front matter between two lines "---"`);
      const packages = front.split('\n').map((line) => line.replaceAll(/['"]/g, '').replace(/^(\S+):\s*(\w+)$/, '`$1` ($2)'));
      return `${body.trim()}\n\n${packages.join(', ')}`;
    });
}

/** The changelog of each package, its headings one level down. */
function packageChangelogs(): string[] {
  return readdirSync(path.join(root, 'packages'))
    .map((name) => path.join(root, 'packages', name, 'CHANGELOG.md'))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8').replaceAll(/^#/gm, '##'));
}
