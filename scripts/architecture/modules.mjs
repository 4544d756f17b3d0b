// Derives the diagram from the source files: the packages, in each a module per folder, and the files outside folders grouped into as few
// modules as possible without a circle. Arrows that follow from other arrows are left out.
import { circlingImports, followsFromOthers, graphOf, necessary, reachedFrom } from './graph.mjs';
import { byName, drawnPackages } from './imports.mjs';

/** @typedef {import('./graph.mjs').Arrow} Arrow */
/** @typedef {import('./graph.mjs').Graph} Graph */
/** @typedef {import('./imports.mjs').Source} Source */

/**
 * @typedef {object} Module
 * @property {string} id
 * @property {string} title
 * @property {string} note a description from its own first line; empty if there is none
 * @property {number} files
 * @property {boolean} isEntry whether others can import it by name
 */
/** @typedef {{ id: string, title: string, note: string, modules: Module[] }} Part a package */
/** @typedef {{ parts: Part[], arrows: Arrow[] }} Diagram */

/**
 * @param {ReadonlyMap<string, Source>} sources
 * @returns {Diagram}
 */
export function diagramOf(sources) {
  /** @type {Map<string, string>} the module, or the package, of each file */
  const moduleOf = new Map();
  /** @type {Arrow[]} */
  const inner = [];
  /** @type {Part[]} */
  const parts = [];
  for (const { folder, manifest } of drawnPackages()) {
    const files = [...sources].filter(([, source]) => source.package === folder);
    const isOneBox = folder.startsWith('apps/');
    // The entry file of a package re-exports and belongs to no module: an arrow to it points at the package.
    const inModules = isOneBox ? [] : files.filter(([, { name }]) => name !== 'index.ts');
    for (const [file] of files) moduleOf.set(file, folder);
    for (const [file, { name }] of inModules) {
      moduleOf.set(file, name.includes('/') ? `${folder}/${name.slice(0, name.indexOf('/'))}` : file);
    }
    const names = inModules.map(([file]) => file);
    gatherLoose(sources, names, moduleOf);
    const modules = [...new Set(names.map((file) => moduleOf.get(file) ?? ''))].map((id) => {
      const members = inModules.filter(([file]) => moduleOf.get(file) === id).map(([, source]) => source);
      return {
        id,
        ...wordsFor(members, sources.get(`${folder}/src/${id.slice(folder.length + 1)}.ts`)),
        files: members.length,
        isEntry: isEntry(manifest, id.slice(folder.length + 1)),
      };
    });
    inner.push(...necessary(graphOf(sources, names, (file) => moduleOf.get(file) ?? '')));
    parts.push({ id: folder, title: manifest.name, note: manifest.description ?? '', modules });
  }
  return { parts, arrows: [...inner, ...betweenParts(sources, moduleOf, inner)] };
}

/**
 * Whether a folder can be imported by name.
 * @param {import('../workspace.mjs').Manifest} manifest
 * @param {string} name
 */
function isEntry({ exports = {} }, name) {
  const target = exports[`./${name}`];
  return typeof target === 'object' && target.default.endsWith(`/${name}/index.js`);
}

/**
 * Groups files outside folders into modules: first files that reach the same folders, then any two groups whose union makes no new circle.
 * @param {ReadonlyMap<string, Source>} sources
 * @param {readonly string[]} files
 * @param {Map<string, string>} moduleOf modified in place
 */
function gatherLoose(sources, files, moduleOf) {
  const isLoose = (/** @type {string} */ file) => moduleOf.get(file) === file;
  const loose = files.filter((file) => isLoose(file));
  const byFile = graphOf(sources, files, (file) => file);
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const file of loose) {
    const reached = [...reachedFrom(byFile, file)].filter((to) => !isLoose(to)).map((to) => moduleOf.get(to) ?? '');
    const key = [...new Set(reached)].toSorted(byName).join();
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const modules = [...groups.values()];
  const assign = () => modules.forEach((module) => module.forEach((file) => moduleOf.set(file, module[0])));
  const circling = () => circlingImports(graphOf(sources, files, (file) => moduleOf.get(file) ?? ''));
  assign();
  for (let first = 0; first < modules.length; first++) {
    for (let second = first + 1; second < modules.length; second++) {
      const before = circling();
      const [a, b] = [modules[first], modules[second]];
      b.forEach((file) => moduleOf.set(file, a[0]));
      if (circling() > before) {
        assign();
        continue;
      }
      modules[first] = [...a, ...b];
      modules.splice(second--, 1);
    }
  }
}

/**
 * The arrows from a package to what it imports from others: the package, or the module that the import names.
 * @param {ReadonlyMap<string, Source>} sources
 * @param {ReadonlyMap<string, string>} moduleOf
 * @param {readonly Arrow[]} inner
 */
function betweenParts(sources, moduleOf, inner) {
  /** @type {Graph} */
  const graph = new Map();
  const add = (/** @type {string} */ from, /** @type {string} */ to) => {
    const ends = graph.get(from) ?? new Map();
    graph.set(from, ends.set(to, 1));
  };
  for (const { package: from, imports } of sources.values()) {
    for (const file of imports) {
      const of = sources.get(file)?.package;
      const module = moduleOf.get(file) ?? '';
      if (of !== undefined && of !== from) add(from, module.endsWith('.ts') ? of : module);
    }
  }
  const between = [...graph].flatMap(([from, ends]) => [...ends.keys()].map((to) => ({ from, to })));
  for (const { from, to, isBack } of inner) if (!isBack) add(from, to);
  return between.filter((arrow) => !followsFromOthers(graph, arrow)).map((arrow) => ({ ...arrow, isBack: false }));
}

/**
 * The title and the note of a module: the first line of its main file, or the list of its files.
 * @param {readonly Source[]} members
 * @param {Source | undefined} beside a file beside the folder with the folder's name
 */
function wordsFor(members, beside) {
  const [{ name, text }] = members;
  const folder = name.includes('/') ? name.slice(0, name.indexOf('/') + 1) : '';
  const stems = members.map((member) => member.name.slice(folder.length).replace(/\.ts$/, ''));
  if (folder === '' && members.length === 1) return { title: name, note: firstClause(text) };
  if (folder === '') return { title: `${members.length} files`, note: stems.join(', ') };
  const singular = folder.replace(/s?\/$/, '');
  // Its entry, or the file with its name, or its main file.
  const main = ['index', folder.slice(0, -1), singular, 'main', 'kernel'].map((stem) => members[stems.indexOf(stem)]);
  const [found] = [main[0], beside, ...main.slice(1)].filter((one) => one !== undefined);
  if (found !== undefined) return { title: folder, note: firstClause(found.text) };
  return { title: folder, note: members.length > MOST_NAMED ? '' : stems.join(', ') };
}

/** File names listed for a folder without a main file. */
const MOST_NAMED = 8;
const LONGEST_NOTE = 64;

/**
 * The first clause of a file's opening comment; empty if the clause is long.
 * @param {string} text
 */
function firstClause(text) {
  const comment =
    /^(?:\/\/.*\n)+/
      .exec(text)?.[0]
      .replaceAll(/^\/\/ ?/gm, '')
      .replaceAll('\n', ' ') ?? '';
  const clause = comment
    .replace(/^The public face of @[^:.]*[:.] */, '')
    .split(/[.:;,] |[.:;]$/)[0]
    .replaceAll('`', '')
    .trim();
  return clause.length > LONGEST_NOTE ? '' : clause;
}
