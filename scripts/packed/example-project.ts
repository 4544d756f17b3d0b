// A user's project with every TypeScript example written into it as a file: they run, and are type-checked, as a user would have them.
// Code keeps the line number that it has in its source, so errors name the right line.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { packedPackages } from '../pack.mjs';
import { run } from '../setup.mjs';
import { addGpu, addNodeTypes, createProject } from '../user-project.mjs';
import { importSpecifiers, publicPackages, root } from '../workspace.mjs';
import type { PackedBrowser } from './browser.ts';
import { bundle, html } from './browser.ts';
import type { Example } from './find-docstrings.ts';
import { freeNames, instrument } from './instrument.ts';
import { onItsLine } from './instrumented.ts';

const CHECK = path.join(import.meta.dirname, 'value-pattern.ts');
const TIME_LIMIT_MS = 100_000;

export interface ExampleProject {
  /** Runs an example. Throws with its file and line. Returns how many values it compared. */
  run(example: Example, browser: () => Promise<PackedBrowser>): Promise<number>;
  /** The type errors of an example. */
  typeErrors(example: Example): readonly string[];
  remove(): void;
}

export async function createExampleProject(examples: readonly Example[]): Promise<ExampleProject> {
  const folder = await createProject();
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    addGpu(folder);
    addNodeTypes(folder);
    const imports = await importLines(folder, examples);
    const complaints = await typeCheck(folder, examples, imports);
    return {
      run: (example, browser) => runExample(folder, example, imports.get(example) ?? '', browser),
      typeErrors: (example) =>
        complaints.filter((line) => line.startsWith(`${nameOf(example)}(`)).map((line) => inSource(line, example)),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

const directoryOf = ({ file }: Example): string => path.join('examples', file.replaceAll('/', '__'));
const nameOf = (example: Example): string => path.posix.join(directoryOf(example), `${example.line}.ts`);

/** Names an example's file as the documentation does. */
function inSource(output: string, example: Example): string {
  const written = nameOf(example).replaceAll('.', String.raw`\.`);
  return output.replaceAll(new RegExp(String.raw`(file://)?[^\s(]*${written}(:|\()(\d+)(,\d+\))?`, 'g'), `${example.file}:$3`);
}

/** Docstrings omit imports. The names that an example uses come from its own package, else from relbias or another one. */
async function importLines(folder: string, examples: readonly Example[]): Promise<Map<Example, string>> {
  const specifiers = packedPackages().flatMap(({ manifest }) => importSpecifiers(manifest));
  const own = new Map(examples.filter(isDocstring).map((example) => [example, ownModule(folder, example)]));
  const modules = [...new Set([...specifiers, ...own.values()])].filter((name) => !path.isAbsolute(name) || existsSync(name));
  const script = `const names = {}; for (const name of ${JSON.stringify(modules)}) names[name] = Object.keys(await import(name));
    console.log(JSON.stringify(names));`;
  const listing = await promisify(execFile)('node', ['--input-type=module', '--eval', script], { cwd: folder });
  const exported: Record<string, string[]> = JSON.parse(listing.stdout);
  return new Map(
    [...own].map(([example, module]) => {
      const { manifest } = publicPackages().find((one) => example.file.startsWith(`${one.folder}/`)) ?? {};
      const order = [...(manifest ? importSpecifiers(manifest) : []), 'relbias', ...specifiers, module];
      const wanted = [...freeNames(example.code)].map((name) => [name, order.find((from) => exported[from]?.includes(name))]);
      return [example, wanted.map(([name, from]) => (from ? `import { ${name} } from '${from}';` : '')).join('')];
    }),
  );
}

const isDocstring = ({ file }: Example): boolean => file.startsWith('packages/');

/** The compiled file of the module that a docstring is in. */
function ownModule(folder: string, { file }: Example): string {
  const found = publicPackages().find((one) => file.startsWith(`${one.folder}/`));
  const inDist = path.relative(`${found?.folder}/src`, file).replace(/\.ts$/, '.js');
  return path.join(folder, 'node_modules', found?.manifest.name ?? '', 'dist', inDist);
}

/** Type-checks all examples at once, unchanged; returns the errors, one line each. */
async function typeCheck(folder: string, examples: readonly Example[], imports: ReadonlyMap<Example, string>): Promise<string[]> {
  for (const example of examples) write(folder, example, onItsLine(example.line, imports.get(example) ?? '', example.code));
  const output = { noEmit: true, allowImportingTsExtensions: true, skipLibCheck: true };
  const language = { strict: true, target: 'es2023', lib: ['es2023', 'dom'], types: ['node'] };
  const modules = { module: 'nodenext', moduleResolution: 'nodenext', moduleDetection: 'force' };
  const compilerOptions = { ...output, ...language, ...modules };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: examples.map(nameOf) }));
  if (examples.length === 0) return [];
  const checked = await run(path.join(root, 'node_modules', '.bin', 'tsc'), ['--project', '.', '--pretty', 'false'], {
    cwd: folder,
  });
  return checked.output.split('\n').filter((line) => line.includes('error TS'));
}

function write(folder: string, example: Example, text: string): string {
  const file = path.join(folder, nameOf(example));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function runExample(
  folder: string,
  example: Example,
  imports: string,
  browser: () => Promise<PackedBrowser>,
): Promise<number> {
  const where = (line: number): string => `${example.file}:${example.line + line}`;
  const { code, compared } = instrument(example.code, where);
  const checked = onItsLine(example.line, `import { expectValue } from '${CHECK}';${imports}`, code);
  const file = write(folder, example, checked);
  if (!example.inPage) {
    await succeed(example, 'node', [file], path.dirname(file));
    return compared;
  }
  const page = path.join(folder, 'pages', nameOf(example));
  mkdirSync(page, { recursive: true });
  cpSync(file, path.join(page, path.basename(file)));
  // After the code, so an answer means that all of it ran.
  writeFileSync(path.join(page, path.basename(file)), `${checked}\nglobalThis.answer = 'ran';\n`);
  writeFileSync(path.join(page, 'index.html'), html(`/${path.basename(file)}`));
  const outDir = path.join(page, 'bundled');
  const warnings = await bundle(page, outDir);
  const { answer, errors } = await (await browser()).visit<string>(outDir, 'index.html');
  if (warnings.length > 0 || errors.length > 0 || answer !== 'ran') {
    throw new Error(`${where(0)} in a page: ${[...warnings, ...errors].join('\n') || 'it never finished'}`);
  }
  return compared;
}

/** Runs an example's file; an error names the example. */
async function succeed(example: Example, command: string, args: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(command, args, { cwd, timeout: TIME_LIMIT_MS }).catch(
    (error: { message: string; stdout: string; stderr: string; killed: boolean }) => {
      const output = error.killed
        ? `not finished after ${TIME_LIMIT_MS / 1000} s\n${error.stderr}`
        : error.stderr || error.message;
      throw new Error(`${example.file}:${example.line}: ${inSource(output, example)}`);
    },
  );
}
