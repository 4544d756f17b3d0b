// The system packages that the tests need: Chromium, Mesa as a second software GPU, and Python with NumPy for the checker of attention
// outputs. On Debian and its derivatives, as root, missing ones are installed; elsewhere a message names them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { LIBRARY_FOLDERS, findChromium } from './chromium.mjs';

/** Debian packages that `--use-angle=gl-egl` needs, and files that show that one is installed: any will do (Mesa 24 moved llvmpipe). */
const MESA = [
  { name: 'libegl1', files: ['libEGL.so.1'] },
  { name: 'libegl-mesa0', files: ['libEGL_mesa.so.0'] },
  { name: 'libgl1-mesa-dri', files: ['dri/swrast_dri.so', 'libgallium'] },
];

/** Whether a library folder has a file whose name begins like this. @param {string} file */
function hasLibrary(file) {
  return LIBRARY_FOLDERS.some((folder) => {
    const place = path.join(folder, path.dirname(file));
    return existsSync(place) && readdirSync(place).some((name) => name.startsWith(path.basename(file)));
  });
}

/**
 * Python, and NumPy where Debian's Python would use its package. For another Python, the tests install NumPy into an environment of their
 * own.
 * @returns {string[]}
 */
function missingPython() {
  const python = (/** @type {string} */ code) => spawnSync('python3', ['-c', code], { encoding: 'utf8' });
  if (python('import numpy').status === 0) return [];
  const { status, stdout } = python('import sys; print(sys.executable)');
  if (status !== 0) return ['python3', 'python3-numpy'];
  return stdout.startsWith('/usr/bin/') ? ['python3-numpy'] : [];
}

/**
 * The Debian packages that are missing on this machine: Chromium alone, or all that the tests need. Mesa counts on Linux only.
 * @param {'chromium' | 'tests'} need
 * @returns {string[]}
 */
export function missingPackages(need) {
  const chromium = findChromium() === undefined ? ['chromium'] : [];
  if (need === 'chromium') return chromium;
  const mesa = process.platform === 'linux' ? MESA : [];
  return [...chromium, ...mesa.filter(({ files }) => !files.some(hasLibrary)).map(({ name }) => name), ...missingPython()];
}

/** Whether packages can be installed here without a password. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

// On a machine that has just started, another process may hold the package lock.
const WAIT = ['-o', 'DPkg::Lock::Timeout=400'];

/** The commands that install packages: `install` is tried first, and again after `update`. @param {readonly string[]} packages */
export function aptCommands(packages) {
  return { install: ['apt-get', ...WAIT, 'install', '--yes', ...packages], update: ['apt-get', ...WAIT, 'update'] };
}

/** How to install them by hand. @param {readonly string[]} packages */
export function installHint(packages) {
  const browser = packages.includes('chromium')
    ? ' Or set CHROMIUM_PATH to the executable of an installed Chrome or Chromium.'
    : '';
  return `missing on this machine: ${packages.join(', ')} (names of Debian packages). Install: apt-get install ${packages.join(' ')}.${browser}`;
}
