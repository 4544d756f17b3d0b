// Reads what the source files of the packages import from one another, types included, and checks that no imports form a circle.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'vite';
import { root, workspacePackages } from '../workspace.mjs';
import { findCircle } from './graph.mjs';

/**
 * A source file, and the source files that it imports.
 * @typedef {object} Source
 * @property {string} package its folder, such as `packages/bias-spec`
 * @property {string} name relative to the package's sources, such as `terms/term.ts`
 * @property {string} text
 * @property {string[]} imports paths from the root
 */
/** @typedef {import('../workspace.mjs').Package} Package */

/** Benchmarks: neither published nor a dependency of other packages. */
const LEFT_OUT = 'packages/bench';
/** Build output, installed files and tests. */
const NO_SOURCES = /(^|\/)(generated|node_modules|\.vitepress|test)\//;

/** The same order on every machine. @type {(a: string, b: string) => number} */
export function byName(a, b) {
  return a < b ? -1 : Number(a > b);
}

/** @returns {Package[]} */
export function drawnPackages() {
  return workspacePackages().filter(({ folder }) => folder !== LEFT_OUT);
}

/**
 * The sources of a package: its `src`. The site keeps sources throughout its folder.
 * @param {Package} of
 */
function sourcesOf({ folder }) {
  return folder.startsWith('apps/') ? folder : `${folder}/src`;
}

/**
 * Every source file by its path from the root.
 * @returns {Map<string, Source>}
 */
export function readSources() {
  const packages = drawnPackages();
  /** @type {Map<string, Source>} */
  const sources = new Map();
  for (const one of packages) {
    const folder = sourcesOf(one);
    const names = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll(path.sep, '/'))
      .filter((name) => /\.(ts|vue)$/.test(name) && !NO_SOURCES.test(name));
    for (const name of names.toSorted(byName)) {
      const text = readFileSync(path.join(root, folder, name), 'utf8');
      sources.set(`${folder}/${name}`, { package: one.folder, name, text, imports: [] });
    }
  }
  for (const [file, source] of sources) {
    const found = specifiers(file, source.text).flatMap((specifier) => resolved(file, specifier, packages) ?? []);
    source.imports = [...new Set(found)].filter((to) => to !== file && sources.has(to)).toSorted(byName);
  }
  return sources;
}

/**
 * Everything a file imports or re-exports, static or dynamic, types included.
 * @param {string} file
 * @param {string} text
 */
function specifiers(file, text) {
  const scripts = file.endsWith('.vue')
    ? [...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, script]) => script)
    : [text];
  /** @type {string[]} */
  const found = [];
  /** @param {unknown} node */
  const visit = (node) => {
    if (node === null || typeof node !== 'object') return;
    if ('source' in node && 'type' in node && /^(Import|Export|TSImport)/.test(String(node.type))) {
      const value = /** @type {{ value?: unknown } | null} */ (node.source)?.value;
      if (typeof value === 'string') found.push(value);
    }
    for (const child of Object.values(node)) visit(child);
  };
  for (const script of scripts) visit(parseAst(script, { lang: 'ts' }));
  return found;
}

/**
 * The source file of a specifier, if it belongs to this workspace.
 * @param {string} from
 * @param {string} specifier
 * @param {readonly Package[]} packages
 * @returns {string | undefined}
 */
function resolved(from, specifier, packages) {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), specifier);
  const one = packages.find(({ manifest: { name } }) => specifier === name || specifier.startsWith(`${name}/`));
  if (one === undefined) return undefined;
  const sources = sourcesOf(one);
  const entry = specifier.slice(one.manifest.name.length + 1);
  const candidates = entry === '' ? ['index.ts'] : [`${entry}/index.ts`, `${entry}.ts`];
  return candidates.map((name) => `${sources}/${name}`).find((file) => existsSync(path.join(root, file)));
}

/**
 * @param {ReadonlyMap<string, Source>} sources
 * @throws Error that names the files of the first circle.
 */
export function requireNoCircles(sources) {
  const circle = findCircle([...sources.keys()], (file) => sources.get(file)?.imports ?? []);
  if (circle !== null) throw new Error(`These files import one another in a circle:\n  ${circle.join('\n  -> ')}`);
}
