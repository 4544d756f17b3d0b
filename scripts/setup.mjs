// Prepares a fresh clone: installs pnpm, the dependencies, the Node that development runs on, and Chromium. Needs only Node >= 20.19 and
// npm. A second call returns at once. `node scripts/setup.mjs COMMAND ...` sets up and runs COMMAND in the environment prepared here;
// `node scripts/setup.mjs --dry-run` prints which system packages the tests would install.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { findChromium, hasVulkanGpu, softwareVulkan } from './chromium.mjs';
import { aptCommands, canInstall, missingPackages, installHint } from './system-packages.mjs';
import { root } from './workspace.mjs';

/** As `engines` says. */
const OLDEST_NODE = [20, 19];

/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const bin = path.join(root, 'node_modules', '.bin');
const stamp = path.join(root, 'node_modules', '.relbias-setup.json');

/**
 * The result of a command. `output` is what it printed, unless it printed straight to the terminal.
 * @typedef {{ status: number, output: string }} Outcome
 */

/**
 * Runs a command, by default at the root of the workspace. A command that cannot be started counts as status 127.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, show?: boolean, signals?: boolean }} [options] show: print to the terminal instead of
 *   collecting; signals: pass SIGINT, SIGTERM and SIGHUP on to the command and wait for it
 * @returns {Promise<Outcome>}
 */
export function run(command, args, { env = process.env, cwd = root, show = false, signals = false } = {}) {
  return new Promise((resolve) => {
    // On Windows, npm and the tools are .cmd files, which need a shell.
    const shell = process.platform === 'win32';
    const child = spawn(command, args, { cwd, env, shell, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    if (signals) for (const name of SIGNALS) process.on(name, () => child.kill(name));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ status: 127, output: `${output}${command}: ${error.message}\n` }));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

/**
 * Runs a step of the set-up. Its output is shown only if it fails.
 * @param {string} what
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function step(what, command, args, env) {
  const started = Date.now();
  console.log(`setup: ${what} ...`);
  const { status, output } = await run(command, args, { env });
  if (status !== 0) throw new Error(`${output}\nsetup: ${what} failed: ${command} ${args.join(' ')}`);
  console.log(`setup: ${what}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return output;
}

/** npm only warns about a Node that is too old, and later errors do not name the cause. */
function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Error(`setup: got Node ${process.versions.node}, want ${OLDEST_NODE.join('.')} or a later one: https://nodejs.org`);
}

/** A hash that changes whenever the dependencies change. @param {string} pnpm its name and version */
function fingerprint(pnpm) {
  const hash = createHash('sha256').update(`${pnpm} ${process.platform} ${process.arch}`);
  for (const file of ['pnpm-workspace.yaml', 'pnpm-lock.yaml']) hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/**
 * Installs the dependencies if they have changed. Returns the folder of pnpm.
 * @returns {Promise<string>}
 */
async function installDependencies() {
  /** @type {string} */
  const pnpm = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).packageManager;
  const wanted = fingerprint(pnpm);
  if (existsSync(stamp)) {
    const { installed, pnpmFolder } = JSON.parse(readFileSync(stamp, 'utf8'));
    if (installed === wanted && existsSync(pnpmFolder) && existsSync(path.join(bin, 'turbo'))) return pnpmFolder;
  }
  const throughNpm = ['exec', '--yes', `--package=${pnpm}`, '--'];
  await step(`dependencies with ${pnpm}`, 'npm', [...throughNpm, 'pnpm', 'install', '--frozen-lockfile']);
  // npm puts pnpm into a folder of its own, first on the PATH of the commands it runs. turbo needs it on the PATH too.
  const { output } = await run('npm', [...throughNpm, 'node', '-p', '"PATH="+process.env.PATH']);
  const searched = /^PATH=(.*)$/m.exec(output)?.[1].split(path.delimiter) ?? [];
  const pnpmFolder = searched.find((folder) => existsSync(path.join(folder, 'pnpm')));
  if (pnpmFolder === undefined)
    throw new Error(`setup: npm ran ${pnpm}, but none of these folders has it: ${searched.join(', ')}`);
  writeFileSync(stamp, JSON.stringify({ installed: wanted, pnpmFolder }));
  return pnpmFolder;
}

/** Installs Debian packages. @param {readonly string[]} packages */
async function installPackages(packages) {
  const { install, update } = aptCommands(packages);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (/** @type {string} */ what, /** @type {string[]} */ [command, ...args]) => step(what, command, args, env);
  try {
    await apt(packages.join(', '), install);
  } catch {
    await apt('the list of Debian packages', update);
    await apt(packages.join(', '), install);
  }
}

/**
 * Installs Chromium (for 'required', everything the tests need) if missing. If it cannot, throws for 'required' and warns for 'wanted'.
 * @param {'required' | 'wanted'} chromium
 */
async function provideSystemPackages(chromium) {
  const need = chromium === 'required' ? 'tests' : 'chromium';
  const missing = missingPackages(need);
  if (missing.length === 0) return;
  if (canInstall()) await installPackages(missing).catch((/** @type {Error} */ error) => console.error(error.message));
  const left = missingPackages(need);
  if (left.length === 0) return;
  if (chromium === 'required') throw new Error(`setup: ${installHint(left)}`);
  console.error(`setup: continuing without a software GPU: ${installHint(left)}`);
}

/** `--dry-run`: what provideSystemPackages would do for the tests. */
function describeSystemPackages() {
  const missing = missingPackages('tests');
  if (missing.length === 0) return 'setup: the system packages that the tests need are installed';
  return canInstall() ? `setup: would run: ${aptCommands(missing).install.join(' ')}` : `setup: ${installHint(missing)}`;
}

/**
 * Prepares the workspace and returns the environment for its commands.
 * @param {'required' | 'wanted' | 'optional'} chromium required: fail without it and Mesa; wanted: install it if possible; optional: use it
 *   if there
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function setup(chromium) {
  requireNode();
  const pnpmFolder = await installDependencies();
  if (chromium !== 'optional') await provideSystemPackages(chromium);
  const executable = findChromium();
  return {
    ...process.env,
    // Tests choose their software GPU themselves. Everything else uses a real GPU if there is one.
    ...(chromium !== 'required' && hasVulkanGpu() ? {} : softwareVulkan()),
    ...(executable === undefined ? {} : { CHROMIUM_PATH: executable }),
    PATH: [bin, pnpmFolder, process.env['PATH']].join(path.delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  };
}

/**
 * Runs a script's main function. If it throws, prints the message alone and exits with status 1.
 * @param {() => Promise<number>} main returns the exit status
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [command, ...args] = argv.slice(2);
  await runMain(async () => {
    if (command === '--dry-run') {
      console.log(describeSystemPackages());
      return 0;
    }
    const env = await setup('optional');
    if (command === undefined) {
      console.log('setup: ready');
      return 0;
    }
    return (await run(command, args, { env, show: true })).status;
  });
}
