// The packages that a piece of code imports or requires.
import ts from 'typescript-5.4';

/** Names of packages, without subpaths; Node's own modules and files are none. */
export function packageNames(code: string): string[] {
  const { importedFiles } = ts.preProcessFile(code, true, true);
  const names = importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => !/^([./]|node:)/.test(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set(names)];
}
