// What is wrong with a code block before it is run: a language that does not say what to do with it, an unknown mark, a reason that is
// missing, and commands that are not run but name a script that does not exist.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';
import type { Block } from './find-blocks.ts';
import { commandsOf } from './find-blocks.ts';

/** Languages whose blocks are run. */
const RUN = ['js', 'ts', 'sh', 'html', 'python'];
const PLACES = ['browser', 'commonjs', 'checkout'];

/** Whether a block is to be run, or saved for one that is. */
export function isUsed(block: Block): boolean {
  return block.language !== null && block.language !== 'text' && block.notRun === null;
}

/** What is wrong with a block, one line each with its file and line. */
export function problemsOf(block: Block): string[] {
  const problems: string[] = [];
  const { language, code, name, runIn, notRun } = block;
  const shown = code.split('\n', 1)[0];
  if (language === null) {
    problems.push(`no language: ${shown}; fence it with a language, or with \`text\` if it must not run`);
  } else if (language !== 'text' && !RUN.includes(language) && name === null && notRun === null) {
    problems.push(`nothing runs ${language}; name the file in the first line, or say above it: <!-- not run: WHY -->`);
  }
  if (runIn !== null && !PLACES.includes(runIn)) problems.push(`got run: ${runIn}, want one of ${PLACES.join(', ')}`);
  if (notRun === '') problems.push(`not run, without a reason: ${shown}`);
  if (language === 'sh' && (notRun !== null || runIn === 'checkout')) problems.push(...missingScripts(code));
  return problems.map((problem) => `${block.file}:${block.line}: ${problem}`);
}

/** The scripts that commands typed in a checkout name and that do not exist. */
function missingScripts(code: string): string[] {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  return commandsOf(code).flatMap((command) => {
    const script = /^npm (?:run )?(start|test|(?<=run )[\w:-]+)/.exec(command)?.[1];
    if (script !== undefined && !Object.hasOwn(scripts, script)) return [`no script "${script}" in package.json: ${command}`];
    const file = /^node ([\w./-]+)/.exec(command)?.[1];
    return file !== undefined && !existsSync(path.join(root, file)) ? [`no file ${file}: ${command}`] : [];
  });
}
