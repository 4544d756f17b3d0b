// Checks the packed tarballs: publint and attw on each; then, in an empty project in which relbias is installed, imports them on the oldest
// and the current Node, as ES modules and by `require`, and type-checks them with the oldest and the newest TypeScript.
// `node scripts/check-packed.mjs STEP`.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OPTIONAL, packedPackages } from './pack.mjs';
import { run, runMain } from './setup.mjs';
import { addGpu, inProject, must } from './user-project.mjs';
import { importSpecifiers, root } from './workspace.mjs';

const OLDEST_NODE = '20.19.0';
// 1.5 MB of it are golden vectors, 1.3 MB the sources.
const INSTALLED_LIMIT_MB = 4.5;

/** The oldest TypeScript that we promise, and the newest. */
const COMPILERS = {
  'TypeScript 5.4': path.join(root, 'node_modules', 'typescript-5.4', 'bin', 'tsc'),
  'TypeScript 7.0': path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
};

async function publint() {
  for (const { folder, tarball } of packedPackages()) await must(`publint on ${folder}`, run('publint', ['--strict', tarball]));
}

async function attw() {
  for (const { folder, tarball } of packedPackages()) {
    await must(`attw on ${folder}`, run('attw', ['--profile', 'esm-only', '--no-emoji', tarball]));
  }
}

/** All files under a folder. @param {string} folder */
function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

async function install() {
  await inProject(async (project) => {
    const files = filesUnder(path.join(project, 'node_modules'));
    const native = files.filter((file) => /\.(node|so|dll|dylib)$|binding\.gyp$/.test(file));
    if (native.length > 0) throw new Error(`npm i relbias installs native code: ${native.join(', ')}`);
    const megabytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
    if (megabytes > INSTALLED_LIMIT_MB)
      throw new Error(`npm i relbias takes ${megabytes.toFixed(2)} MB, want at most ${INSTALLED_LIMIT_MB}`);

    const specifiers = packedPackages().flatMap(({ manifest }) => (manifest.name === OPTIONAL ? [] : importSpecifiers(manifest)));
    writeFileSync(path.join(project, 'use.mjs'), specifiers.map((specifier) => `await import('${specifier}');\n`).join(''));
    writeFileSync(path.join(project, 'use.cjs'), specifiers.map((specifier) => `require('${specifier}');\n`).join(''));
    const onOldest = ['exec', '--yes', `--package=node@${OLDEST_NODE}`, '--', 'node'];
    const program = path.join(project, 'node_modules', 'relbias', 'dist', 'bin', 'relbias.js');
    for (const [wanted, command, ...args] of [
      [process.version, 'node'],
      [`v${OLDEST_NODE}`, 'npm', ...onOldest],
    ]) {
      const printed = await must('node --version', run(command, [...args, '--version'], { cwd: project }));
      // npm may print warnings first. If it could not install its Node, another one on the PATH answers.
      const version = /^v\d+\.\d+\.\d+$/m.exec(printed)?.[0] ?? printed;
      if (version !== wanted) throw new Error(`${[command, ...args].join(' ')}: got Node ${version}, want ${wanted}`);
      for (const file of ['use.mjs', 'use.cjs']) {
        await must(`${file}: ${specifiers.join(', ')} on ${version}`, run(command, [...args, file], { cwd: project }));
      }
      await must(`relbias --help on ${version}`, run(command, [...args, program, '--help'], { cwd: project }));
      console.log(`${specifiers.length} entries imported and required, and relbias --help run, on Node ${version}`);
    }
    console.log(`${megabytes.toFixed(2)} MB installed, no native code`);
  });
}

/** Checks every entry with both compilers, both ways to resolve modules, with and without the DOM; reports all that fail. */
async function types() {
  await inProject(async (project) => {
    addGpu(project);
    const specifiers = packedPackages().flatMap(({ manifest }) => importSpecifiers(manifest));
    const use = specifiers.map((specifier, index) => `import * as p${index} from '${specifier}';\nexport { p${index} };\n`);
    writeFileSync(path.join(project, 'use.ts'), use.join(''));
    const failures = [];
    for (const [compiler, bin] of Object.entries(COMPILERS)) {
      for (const lib of [['es2022', 'dom'], ['es2022']]) {
        for (const [module, moduleResolution] of [
          ['nodenext', 'nodenext'],
          ['esnext', 'bundler'],
        ]) {
          const options = { noEmit: true, strict: true, target: 'es2022', lib, types: [], skipLibCheck: false };
          const config = { compilerOptions: { ...options, module, moduleResolution }, files: ['use.ts'] };
          writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify(config));
          const { status, output } = await run('node', [bin, '--project', '.', '--pretty', 'false'], { cwd: project });
          if (status !== 0)
            failures.push(`${compiler}, moduleResolution ${moduleResolution}, lib ${lib.join(' and ')}:\n${output}`);
        }
      }
    }
    if (failures.length > 0) throw new Error(failures.join('\n'));
    const names = Object.keys(COMPILERS).join(' and ');
    console.log(`${specifiers.length} entries type-checked by ${names}, with and without the DOM`);
  });
}

const STEPS = { publint, attw, install, types };

await runMain(async () => {
  const name = process.argv[2] ?? '';
  if (!Object.hasOwn(STEPS, name)) throw new Error(`check-packed: got "${name}", want one of ${Object.keys(STEPS).join(', ')}`);
  await STEPS[/** @type {keyof typeof STEPS} */ (name)]();
  return 0;
});
