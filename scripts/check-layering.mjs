// Tests the lint rules on import direction and file length: each entry below must be refused, or must pass, in a temporary folder that is
// laid out like the workspace and linted with the workspace's configuration.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {[folder: string, specifier: string, allowed: boolean][]} */
const IMPORTS = [
  ['bias-spec/src', './inside.ts', true],
  ['bias-spec/src', 'node:fs', false],
  ['bias-spec/src', 'some-library', false],
  ['bias-spec/src', '@relbias/conformance', false],
  ['kernels-cpu/src', '@relbias/bias-spec', true],
  ['kernels-cpu/src', '@relbias/bias-spec/backend', true],
  ['kernels-cpu/src', '@relbias/bias-spec/reproducible', true],
  ['kernels-cpu/src', '@relbias/bias-spec/oracle', false],
  ['kernels-cpu/src', '@relbias/kernels-gpu', false],
  ['kernels-cpu/src', '@relbias/conformance', false],
  ['kernels-cpu/src', 'relbias', false],
  ['kernels-cpu/src', '../../bias-spec/src/index.ts', false],
  ['kernels-cpu/test', '@relbias/conformance', true],
  ['kernels-gpu/src', '@relbias/bias-spec', true],
  ['kernels-gpu/src', '@relbias/bias-spec/backend', true],
  ['kernels-gpu/src', 'gpu.js', true],
  ['kernels-gpu/src', 'webgpu', false],
  ['kernels-gpu/src', '@relbias/bias-spec/reproducible', true],
  ['kernels-gpu/src', '@relbias/bias-spec/oracle', false],
  ['kernels-gpu/src', '@relbias/kernels-cpu', false],
  ['kernels-gpu/src', '@relbias/conformance', false],
  ['conformance/src', '@relbias/bias-spec', true],
  ['conformance/src', '@relbias/bias-spec/backend', true],
  ['conformance/src', '@relbias/bias-spec/oracle', true],
  ['conformance/src', '@relbias/bias-spec/reproducible', true],
  ['conformance/src', '@relbias/kernels-cpu', false],
  ['conformance/src', 'node:fs', false],
  ['conformance/src/node', 'node:fs', true],
  ['conformance/src/node', '@relbias/kernels-gpu', false],
  ['relbias/src', '@relbias/kernels-gpu', true],
  ['relbias/src', '../../kernels-cpu/dist/index.js', false],
];

/** The limits on lines per file. @type {[folder: string, limit: number][]} */
const LENGTHS = [
  ['bias-spec/src/families', 125],
  ['kernels-cpu/src', 200],
  ['kernels-gpu/src/sources', 200],
  ['bias-spec/src', 300],
  ['relbias/test', 300],
];

/** The ways to write an import. The rule must see each. @type {((specifier: string) => string)[]} */
const FORMS = [
  (specifier) => `import { x } from '${specifier}';\nexport const y = x;\n`,
  (specifier) => `import type { X } from '${specifier}';\nexport type Y = X;\n`,
  (specifier) => `export { x } from '${specifier}';\n`,
  (specifier) => `export const later = () => import('${specifier}');\n`,
];

const scratch = mkdtempSync(path.join(tmpdir(), 'relbias-layering-'));
try {
  copyFileSync(path.join(root, '.oxlintrc.json'), path.join(scratch, '.oxlintrc.json'));
  /** @type {Map<string, { text: string, rule: string | undefined }>} */
  const expected = new Map();
  for (const [index, [folder, specifier, allowed]] of IMPORTS.entries()) {
    for (const [form, write] of FORMS.entries()) {
      expected.set(`packages/${folder}/case${index}-${form}.ts`, {
        text: write(specifier),
        rule: allowed ? undefined : 'eslint(no-restricted-imports)',
      });
    }
  }
  for (const [here, there] of [
    ['one', 'two'],
    ['two', 'one'],
  ]) {
    const text = `import { ${there} } from './${there}.ts';\nexport const ${here} = () => ${there};\n`;
    expected.set(`packages/bias-spec/src/${here}.ts`, { text, rule: 'import(no-cycle)' });
    const type = `import type { ${there} } from './type-${there}.ts';\nexport interface ${here} {\n  of: ${there};\n}\n`;
    expected.set(`packages/bias-spec/src/type-${here}.ts`, { text: type, rule: 'import(no-cycle)' });
  }
  for (const [index, [folder, limit]] of LENGTHS.entries()) {
    for (const lines of [limit, limit + 1]) {
      const text = Array.from({ length: lines }, (_, line) => `export const x${line} = ${line};`).join('\n');
      expected.set(`packages/${folder}/length${index}-${lines}.ts`, {
        text,
        rule: lines > limit ? 'eslint(max-lines)' : undefined,
      });
    }
  }
  for (const [file, { text }] of expected) {
    mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
    writeFileSync(path.join(scratch, file), text);
  }

  const lint = promisify(execFile)('oxlint', ['--format', 'json'], { cwd: scratch, maxBuffer: 1 << 26 });
  // A non-zero exit is expected. If the output is not a report, JSON.parse throws.
  const { stdout } = await lint.catch((/** @type {{ stdout: string }} */ failure) => failure);
  /** @type {{ diagnostics: { code: string, filename: string }[] }} */
  const report = JSON.parse(stdout);
  const judged = ['eslint(no-restricted-imports)', 'import(no-cycle)', 'eslint(max-lines)'];
  const complaints = report.diagnostics.filter(({ code }) => judged.includes(code));

  const wrong = [...expected].flatMap(([file, { text, rule }]) => {
    const got = complaints.find(({ filename }) => filename === file)?.code;
    return got === rule
      ? []
      : [`${file}: want ${rule ?? 'no complaint'}, got ${got ?? 'no complaint'}\n    ${text.split('\n')[0]}`];
  });
  if (wrong.length > 0) {
    console.error(
      `The lint rules on imports and lengths differ from what scripts/check-layering.mjs expects:\n${wrong.join('\n')}`,
    );
    process.exitCode = 1;
  } else {
    console.log(`${expected.size} files, each refused or accepted as expected`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
