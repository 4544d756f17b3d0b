// Pastes the blocks of a document as its reader would: in order, in a fresh folder, each in the way its language says. Modules run on the
// oldest and on the current Node; modules of pages are bundled by Vite with the printed configuration (those of getting-started by Vite 5
// and 8), and run in Chromium. What fails is reported by file and line of the document.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../workspace.mjs';
import type { PackedBrowser } from './browser.ts';
import { VITES, bundle, html } from './browser.ts';
import { isUsed } from './check-blocks.ts';
import type { Block } from './find-blocks.ts';
import { blocksOf, commandsOf } from './find-blocks.ts';
import { writeGiven } from './given-files.ts';
import { packageNames } from './imported-packages.ts';
import { CHECKOUT, createInstaller, installedByName } from './installer.ts';
import { forNode, forPage, writeExpectValue } from './instrumented.ts';
import { nodeVersions } from './nodes.ts';

const TIME_LIMIT_MS = 100_000;
const GUIDE = 'docs/getting-started.md';

/** A document whose blocks are being pasted. */
export interface PastedDocument {
  paste(block: Block): Promise<number>;
}

export interface Paster {
  readonly nodes: readonly string[];
  /** Opens a document in a fresh folder. One without an install line builds on getting-started, which has one. */
  open(blocks: readonly Block[]): PastedDocument;
  close(): void;
}

const isInstall = (command: string): boolean => command.startsWith('npm install ');
const installLines = (blocks: readonly Block[]): string[] =>
  blocks.filter((block) => block.language === 'sh' && isUsed(block)).flatMap(({ code }) => commandsOf(code).filter(isInstall));

/** @param browser opened when the first page needs it */
export function createPaster(browser: () => Promise<PackedBrowser>): Paster {
  const scratch = mkdtempSync(path.join(tmpdir(), 'relbias-pasted-'));
  const nodes = nodeVersions();
  const installer = createInstaller(scratch);
  const expectValue = writeExpectValue(scratch);
  const guide = blocksOf(GUIDE);
  const [install] = installLines(guide);
  const viteConfig = guide.find(({ name }) => name === 'vite.config.js');
  if (install === undefined || viteConfig === undefined) {
    throw new Error(`${GUIDE}: want a line "npm install ..." and a block "// vite.config.js"`);
  }
  const configFile = path.join(scratch, 'vite.config.mjs');
  writeFileSync(configFile, viteConfig.code);
  return { nodes: nodes.map(({ version }) => version), open, close: () => rmSync(scratch, { recursive: true, force: true }) };

  function open(blocks: readonly Block[]): PastedDocument {
    const folder = mkdtempSync(path.join(scratch, 'document-'));
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    if (installLines(blocks).length === 0) installer.install(folder, install);
    let cwd = folder;
    const files: Record<string, string> = {};

    return {
      async paste(block) {
        const { language, name, code, given } = block;
        for (const one of given) await writeGiven(cwd, one);
        if (name !== null) {
          files[name] = code;
          mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
          writeFileSync(path.join(cwd, name), `${code}\n`);
          return 0;
        }
        if (language === 'sh') return shell(block);
        if (language === 'html') return page(block);
        if (language === 'python') return python(block);
        requireInstalled(block, cwd);
        return block.runIn === 'browser' ? bundled(block) : node(block);
      },
    };

    async function shell(block: Block): Promise<number> {
      for (const command of commandsOf(block.code)) {
        if (isInstall(command)) {
          await failingAt(block, async () => installer.install(cwd, command), command);
          continue;
        }
        const there = block.runIn === 'checkout' ? root : cwd;
        const ended = path.join(scratch, 'ended-in');
        // The next line starts in the folder in which this one ends.
        const line = `${command.replaceAll(CHECKOUT, path.resolve(root))}\npwd > ${ended}`;
        await failingAt(block, () => run('sh', ['-ec', line], there), command);
        if (there === cwd) cwd = readFileSync(ended, 'utf8').trim();
      }
      return 0;
    }

    /** As printed: served from the folder it would be saved in. */
    async function page(block: Block): Promise<number> {
      const file = `page-${block.line}.html`;
      writeFileSync(path.join(cwd, file), block.code);
      const { errors, logged } = await (await browser()).visit(cwd, file, 'log');
      if (errors.length > 0 || logged.length === 0) {
        throw new Error(`${block.file}:${block.line}: ${errors.join('\n') || 'the page logged nothing'}`);
      }
      return 0;
    }

    async function python(block: Block): Promise<number> {
      const file = path.join(cwd, `block-${block.line}.py`);
      writeFileSync(file, block.code);
      await failingAt(block, () => run('python3', [file], cwd));
      return 0;
    }

    async function node(block: Block): Promise<number> {
      const { code, compared } = forNode(block, expectValue);
      const extension = block.language === 'ts' ? 'ts' : block.runIn === 'commonjs' ? 'cjs' : 'mjs';
      const file = path.join(cwd, `block-${block.line}.${extension}`);
      writeFileSync(file, code);
      // The oldest Node does not run TypeScript.
      const chosen = extension === 'ts' ? nodes.slice(1) : nodes;
      const running = chosen.map(({ version, executable }) =>
        failingAt(block, () => run(executable, [file], cwd), `on Node ${version}`),
      );
      await Promise.all(running);
      return compared;
    }

    async function bundled(block: Block): Promise<number> {
      const { code, compared } = forPage(block, expectValue);
      const folderOfPage = path.join(cwd, `page-${block.line}`);
      mkdirSync(folderOfPage);
      for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folderOfPage, name), `${text}\n`);
      writeFileSync(path.join(folderOfPage, 'main.js'), code);
      writeFileSync(path.join(folderOfPage, 'index.html'), html('/main.js'));
      // The guide promises both versions; the pages of other documents take the current one.
      const { default: config } = (await import(pathToFileURL(configFile).href)) as { default: object };
      for (const vite of block.file === GUIDE ? VITES : VITES.slice(-1)) {
        await failingAt(
          block,
          async () => {
            const outDir = path.join(folderOfPage, `dist-${vite}`);
            const warnings = await bundle(folderOfPage, outDir, { vite, config });
            const { answer, errors } = await (await browser()).visit<string>(outDir, 'index.html');
            const complaints = [...warnings, ...errors, ...(answer === 'ran' ? [] : ['it never finished'])];
            if (complaints.length > 0) throw new Error(complaints.join('\n'));
          },
          `in a page bundled by ${vite}`,
        );
      }
      return compared;
    }
  }
}

/** Refuses an import of a package that no earlier line installs. Hoisting would hide this. */
function requireInstalled(block: Block, folder: string): void {
  const installed = installedByName(folder);
  const missing = packageNames(block.code).filter((name) => !installed.includes(name));
  if (missing.length > 0) {
    throw new Error(`${block.file}:${block.line}: imports ${missing.join(', ')}, which no line before it installs`);
  }
}

function run(command: string, args: readonly string[], cwd: string): Promise<unknown> {
  return promisify(execFile)(command, args, { cwd, timeout: TIME_LIMIT_MS });
}

/** Puts file and line of the block, and what was done, before an error. */
async function failingAt(block: Block, act: () => Promise<unknown>, what = ''): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { message, stderr, killed } = error as { message: string; stderr?: string; killed?: boolean };
    const output = killed ? `not finished after ${TIME_LIMIT_MS / 1000} s\n${stderr}` : stderr || message;
    const inDocument = output.replaceAll(/(file:\/\/)?[^\s(]*block-\d+\.\w+:(\d+)/g, `${block.file}:$2`);
    throw new Error(`${block.file}:${block.line}: ${what}\n${inDocument}`, { cause: error });
  }
}
