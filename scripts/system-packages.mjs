// The system packages that the tests need: Chromium, and Mesa as a second software GPU. On Debian and its derivatives, as root, missing
// ones are installed; elsewhere the user is told what to install.
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
 * The Debian packages that are missing on this machine. Mesa counts on Linux only.
 * @param {'chromium' | 'chromium and mesa'} what
 * @returns {string[]}
 */
export function missingPackages(what) {
  const mesa = what === 'chromium and mesa' && process.platform === 'linux' ? MESA : [];
  return [
    ...(findChromium() === undefined ? ['chromium'] : []),
    ...mesa.filter(({ files }) => !files.some(hasLibrary)).map(({ name }) => name),
  ];
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
