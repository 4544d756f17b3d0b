// Writes vectors/SOURCES.md: which published code produced which vectors, read from the vectors themselves. With --check: exit 1 when it is stale.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '..', 'vectors');
const sheet = path.join(folder, 'SOURCES.md');

/** Licences of the repositories, as their own LICENSE files or READMEs state them. */
const LICENCES = {
  'catie-aq/flashT5': 'Apache-2.0',
  'chijames/KERPLE': 'Apache-2.0',
  'huggingface/transformers': 'Apache-2.0',
  'lucidrains/x-transformers': 'MIT',
  'mcleish7/arithmetic': 'MIT',
  'meta-pytorch/attention-gym': 'BSD-3-Clause',
};

const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ file: path.basename(name, '.json'), ...JSON.parse(readFileSync(path.join(folder, name), 'utf8')) }));

/** repository -> path and commit -> files */
const origins = new Map();
for (const { file, cases } of files.filter(({ format }) => format === 'attention-bias-vectors/1')) {
  for (const { source, otherSources = [], attentionCrossCheck, upstreamForwardCrossCheck } of cases) {
    const checks = [attentionCrossCheck, upstreamForwardCrossCheck].flatMap((one) => (one === undefined ? [] : [one.source]));
    for (const one of [source, ...(source.alsoRun ?? []), ...otherSources, ...checks]) {
      const places = origins.get(one.repo) ?? origins.set(one.repo, new Map()).get(one.repo);
      const place = one.commit === null ? one.path : `\`${one.path}\` at \`${one.commit.slice(0, 12)}\``;
      places.set(place, (places.get(place) ?? new Set()).add(file));
    }
  }
}

const byName = (a, b) => a[0].localeCompare(b[0], 'en');
const rows = [...origins].toSorted(byName).flatMap(([repository, places]) => {
  const licence = LICENCES[repository] ?? 'not checked';
  return [...places]
    .toSorted(byName)
    .map(([place, used]) => `| ${repository} | ${licence} | ${place} | ${[...used].join(', ')} |`);
});
const text = `# Where the golden vectors come from

Numbers that other people's published implementations return: their functions or classes, unmodified, each run on its own with
stand-ins for its imports under PyTorch 1.13 and NumPy 1.24 on an x86-64 CPU. Only the numbers are here, none of the code. Each case
names its source; the table below is read from the cases by \`scripts/write-sources.mjs\`, so do not edit it. Licences are those of the code that was run.

\`book-examples\` are worked examples from public course pages, not the output of a program.

\`reproducible\` has another format, \`reproducible-attention/1\`, and another origin: no other implementation has this profile. Its cases come from a
prototype that was written apart from this library, from the rules alone, in plain JavaScript, and checked against WebAssembly with
fused and unfused multiply-adds.

| repository | licence | file and commit | vectors |
| --- | --- | --- | --- |
${rows.join('\n')}

| vectors | cases |
| --- | --- |
${files.map(({ file, cases }) => `| ${file} | ${cases.length} |`).join('\n')}
`;

if (!process.argv.includes('--check')) writeFileSync(sheet, text);
else if (readFileSync(sheet, 'utf8') !== text) {
  console.error(`${sheet} is stale: run node packages/conformance/scripts/write-sources.mjs`);
  process.exitCode = 1;
}
