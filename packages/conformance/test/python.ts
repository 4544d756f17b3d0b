// Runs Python for the tests of judge/: the checker with the standard library alone, the example with NumPy.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What a run printed and its exit status. */
export interface PythonRun {
  readonly status: number | null;
  readonly output: string;
}

/** Without site-packages, so only the standard library can be imported. */
export function standardPython(...args: readonly string[]): PythonRun {
  return run('python3', ['-S', ...args]);
}

/** A Python that has NumPy: the machine's own, or one in a virtual environment that is made here on the first call. */
export function numpyPython(): (...args: readonly string[]) => PythonRun {
  const hasNumpy = (python: string): boolean => run(python, ['-c', 'import numpy']).status === 0;
  const folder = path.resolve(import.meta.dirname, '../../../node_modules/.cache/relbias-numpy');
  const own = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const python = hasNumpy('python3') ? 'python3' : own;
  if (python === own && !(existsSync(own) && hasNumpy(own))) {
    for (const [command, ...args] of [
      ['python3', '-m', 'venv', folder],
      [own, '-m', 'pip', 'install', '--quiet', 'numpy'],
    ]) {
      const { status, output } = run(command, args);
      if (status !== 0) throw new Error(`The example of judge/ needs NumPy: pip install numpy. Installing it failed:\n${output}`);
    }
  }
  return (...args) => run(python, args);
}

function run(command: string, args: readonly string[]): PythonRun {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error)
    throw new Error(`${command} did not start; these tests need Python 3.8 or later (apt-get install python3)`, { cause: error });
  return { status, output: `${stdout}${stderr}` };
}
