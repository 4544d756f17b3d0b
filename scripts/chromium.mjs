// Finds Chromium and the Vulkan driver that it includes, and says how to start it on a software GPU. system-packages.mjs installs it.
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The browser executable, or undefined when there is none.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env['CHROMIUM_PATH'];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM_PATH: got ${named}, which does not exist. Set it to a Chromium executable, or unset it.`);
  }
  return USUAL_PLACES.find((place) => existsSync(place));
}

/** swiftshader: WebGL2 and WebGPU. mesa: WebGL2 on llvmpipe, as an independent check. Neither needs a display or a GPU.
 * @typedef {'swiftshader' | 'mesa'} SoftwareGpu */

/** @type {Readonly<Record<SoftwareGpu, readonly string[]>>} */
const GPU_FLAGS = {
  swiftshader: [
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
  ],
  mesa: ['--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist'],
};

/** Flags that keep a browser under test off the network. */
const QUIET = [
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * How playwright starts Chromium on a software GPU.
 * @param {SoftwareGpu} gpu
 * @returns {{ executablePath: string | undefined, args: string[] }}
 */
export function launchOptions(gpu) {
  // Containers run as root, where Chromium's own sandbox refuses to start.
  return { executablePath: findChromium(), args: ['--no-sandbox', ...QUIET, ...GPU_FLAGS[gpu]] };
}

// Folders of the browser's real executable, in which Debian and Chromium builds put a Vulkan driver and its loader.
const DRIVER_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];

/** Where Linux keeps libraries. */
export const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/**
 * Environment variables that let WebGPU run in Node without a GPU, on the SwiftShader of Chromium. Empty if the caller has chosen a driver
 * (VK_ICD_FILENAMES) or none is found. They must be set before a process starts.
 * @returns {Record<string, string>}
 */
export function softwareVulkan() {
  if (process.env['VK_ICD_FILENAMES'] !== undefined) return {};
  const folder = DRIVER_FOLDERS.find((place) => existsSync(path.join(place, 'vk_swiftshader_icd.json')));
  if (folder === undefined) return {};
  /** @type {Record<string, string>} */
  const environment = { VK_ICD_FILENAMES: path.join(folder, 'vk_swiftshader_icd.json') };
  const systemHasLoader = LIBRARY_FOLDERS.some((place) => existsSync(path.join(place, 'libvulkan.so.1')));
  if (!systemHasLoader && existsSync(path.join(folder, 'libvulkan.so.1'))) {
    environment['LD_LIBRARY_PATH'] = [folder, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(path.delimiter);
  }
  // Without a runtime folder the driver prints warnings.
  if (process.env['XDG_RUNTIME_DIR'] === undefined) environment['XDG_RUNTIME_DIR'] = tmpdir();
  return environment;
}

const DRIVER_LISTS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
/** Mesa's software driver, which most machines have: not a GPU. */
const SOFTWARE_DRIVER = /^lvp_/;
const GPU_DEVICE = /^(renderD\d+|nvidia\d+)$/;

/**
 * Whether Vulkan finds a real GPU here, judged by the file system: a device, a hardware driver and the loader. Linux only.
 * @returns {boolean}
 */
export function hasVulkanGpu() {
  /** @type {(folders: readonly string[]) => string[]} */
  const names = (folders) => folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
  return (
    names(['/dev', '/dev/dri']).some((name) => GPU_DEVICE.test(name)) &&
    names(DRIVER_LISTS).some((name) => name.endsWith('.json') && !SOFTWARE_DRIVER.test(name)) &&
    LIBRARY_FOLDERS.some((place) => existsSync(path.join(place, 'libvulkan.so.1')))
  );
}
