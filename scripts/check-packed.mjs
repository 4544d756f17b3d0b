// Judges the packed tarballs: publint and attw on each, then a stranger's empty folder in which relbias is installed, imported on the
// oldest and the current Node, and type-checked by the oldest TypeScript we promise (5.4). `node scripts/check-packed.mjs STEP`.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OPTIONAL, packedPackages } from './pack.mjs';
import { run, runMain } from './setup.mjs';
import { addGpu, asStranger, must } from './stranger.mjs';
import { importSpecifiers, root } from './workspace.mjs';

const OLDEST_NODE = '20.19.0';
// Grown from 3 with the reproducible profile and its cases, three builds of the WebAssembly kernel, threads and the cache.
const INSTALLED_LIMIT_MB = 4;
const OLDEST_TYPESCRIPT = path.join(root, 'node_modules', 'typescript-5.4', 'bin', 'tsc');

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
  await asStranger(async (stranger) => {
    const files = filesUnder(path.join(stranger, 'node_modules'));
    const native = files.filter((file) => /\.(node|so|dll|dylib)$|binding\.gyp$/.test(file));
    if (native.length > 0) throw new Error(`npm i relbias brings native code: ${native.join(', ')}`);
    const megabytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
    if (megabytes > INSTALLED_LIMIT_MB)
      throw new Error(`npm i relbias takes ${megabytes.toFixed(2)} MB, want at most ${INSTALLED_LIMIT_MB}`);

    const specifiers = packedPackages().flatMap(({ manifest }) => (manifest.name === OPTIONAL ? [] : importSpecifiers(manifest)));
    writeFileSync(path.join(stranger, 'use.js'), specifiers.map((specifier) => `await import('${specifier}');\n`).join(''));
    const onOldest = ['exec', '--yes', `--package=node@${OLDEST_NODE}`, '--', 'node'];
    const program = path.join(stranger, 'node_modules', 'relbias', 'dist', 'bin', 'relbias.js');
    for (const [wanted, command, ...args] of [
      [process.version, 'node'],
      [`v${OLDEST_NODE}`, 'npm', ...onOldest],
    ]) {
      const printed = await must('node --version', run(command, [...args, '--version'], { cwd: stranger }));
      // npm may have warned before it. Where its Node could not be installed, another one on the PATH answers.
      const version = /^v\d+\.\d+\.\d+$/m.exec(printed)?.[0] ?? printed;
      if (version !== wanted) throw new Error(`${[command, ...args].join(' ')}: got Node ${version}, want ${wanted}`);
      await must(`importing ${specifiers.join(', ')} on ${version}`, run(command, [...args, 'use.js'], { cwd: stranger }));
      await must(`relbias --help on ${version}`, run(command, [...args, program, '--help'], { cwd: stranger }));
      console.log(`${specifiers.length} entries imported and relbias --help run on Node ${version}`);
    }
    console.log(`${megabytes.toFixed(2)} MB installed, no native code`);
  });
}

async function types() {
  await asStranger(async (stranger) => {
    addGpu(stranger);
    const specifiers = packedPackages().flatMap(({ manifest }) => importSpecifiers(manifest));
    const use = specifiers.map((specifier, index) => `import * as p${index} from '${specifier}';\nexport { p${index} };\n`);
    writeFileSync(path.join(stranger, 'use.ts'), use.join(''));
    const options = { noEmit: true, strict: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], skipLibCheck: false };
    for (const [module, resolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ]) {
      const config = { compilerOptions: { ...options, module, moduleResolution: resolution }, files: ['use.ts'] };
      writeFileSync(path.join(stranger, 'tsconfig.json'), JSON.stringify(config));
      await must(
        `TypeScript 5.4, moduleResolution ${resolution}`,
        run('node', [OLDEST_TYPESCRIPT, '--project', '.'], { cwd: stranger }),
      );
    }
    // The spec promises more: its declarations need neither the DOM nor the types of Node.
    const spec = specifiers.filter((specifier) => specifier.startsWith('@relbias/bias-spec'));
    writeFileSync(path.join(stranger, 'use.ts'), spec.map((specifier) => `import '${specifier}';\n`).join(''));
    const alone = { ...options, lib: ['es2022'], module: 'nodenext', moduleResolution: 'nodenext' };
    writeFileSync(path.join(stranger, 'tsconfig.json'), JSON.stringify({ compilerOptions: alone, files: ['use.ts'] }));
    await must('TypeScript 5.4 without the DOM', run('node', [OLDEST_TYPESCRIPT, '--project', '.'], { cwd: stranger }));
    console.log(`${specifiers.length} entries type-checked by TypeScript 5.4, ${spec.length} of them without the DOM`);
  });
}

const STEPS = { publint, attw, install, types };

await runMain(async () => {
  const name = process.argv[2] ?? '';
  if (!Object.hasOwn(STEPS, name)) throw new Error(`check-packed: got "${name}", want one of ${Object.keys(STEPS).join(', ')}`);
  await STEPS[/** @type {keyof typeof STEPS} */ (name)]();
  return 0;
});
