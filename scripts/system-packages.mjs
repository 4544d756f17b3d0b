// What the tests need from the system beyond npm: Chromium, and Mesa as a second software GPU. Installs what is missing where that can
// be done without asking (Debian and its kin, as root); elsewhere says what to install.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { LIBRARY_FOLDERS, findChromium } from './chromium.mjs';

/** A file of each Debian package that `--use-angle=gl-egl` loads; any of the names will do (Mesa has moved llvmpipe since 24). */
const MESA = [
  { name: 'libegl1', files: ['libEGL.so.1'] },
  { name: 'libegl-mesa0', files: ['libEGL_mesa.so.0'] },
  { name: 'libgl1-mesa-dri', files: ['dri/swrast_dri.so', 'libgallium'] },
];

/** Whether a library folder has a file that begins like this. @param {string} file */
function hasLibrary(file) {
  return LIBRARY_FOLDERS.some((folder) => {
    const place = path.join(folder, path.dirname(file));
    return existsSync(place) && readdirSync(place).some((name) => name.startsWith(path.basename(file)));
  });
}

/**
 * The Debian packages whose content is not on this machine. Mesa counts on Linux alone: elsewhere there is no such second GPU.
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

/** Whether packages can be installed here without asking anyone. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

// A machine that has just started may hold the package lock for a while.
const WAIT = ['-o', 'DPkg::Lock::Timeout=400'];

/** The commands that install them: the first is tried alone, and again after the second. @param {readonly string[]} packages */
export function aptCommands(packages) {
  return { install: ['apt-get', ...WAIT, 'install', '--yes', ...packages], update: ['apt-get', ...WAIT, 'update'] };
}

/** What to tell a person who has to do it. @param {readonly string[]} packages */
export function wayOut(packages) {
  const browser = packages.includes('chromium')
    ? ' Or set CHROMIUM_PATH to the executable of a Chrome or Chromium that is already there.'
    : '';
  return `missing on this machine: ${packages.join(', ')} (names of Debian packages). Install: apt-get install ${packages.join(' ')}.${browser}`;
}
