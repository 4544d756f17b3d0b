// What the picture shows, from the files: packages, and in each a room for every folder and as few rooms of loose files as make no circle.
// Of the arrows between them, those that do not follow from others.
import { circlingImports, followsFromOthers, graphOf, necessary, reachedFrom } from './graph.mjs';
import { byName, drawnPackages } from './imports.mjs';

/** @typedef {import('./graph.mjs').Arrow} Arrow */
/** @typedef {import('./graph.mjs').Graph} Graph */
/** @typedef {import('./imports.mjs').Source} Source */

/**
 * @typedef {object} Room
 * @property {string} id
 * @property {string} title
 * @property {string} note what it is, in the words of its own first line; empty where that has none
 * @property {number} files
 * @property {boolean} isEntry whether others can import it by name
 */
/** @typedef {{ id: string, title: string, note: string, rooms: Room[] }} Part a package */
/** @typedef {{ parts: Part[], arrows: Arrow[] }} House */

/**
 * @param {ReadonlyMap<string, Source>} sources
 * @returns {House}
 */
export function houseOf(sources) {
  /** @type {Map<string, string>} the room, or the package, of each file */
  const roomOf = new Map();
  /** @type {Arrow[]} */
  const inner = [];
  /** @type {Part[]} */
  const parts = [];
  for (const { folder, manifest } of drawnPackages()) {
    const files = [...sources].filter(([, source]) => source.package === folder);
    const isOneBox = folder.startsWith('apps/');
    // What a package's entry hands on belongs to no room: an arrow to it goes to the package.
    const inRooms = isOneBox ? [] : files.filter(([, { name }]) => name !== 'index.ts');
    for (const [file] of files) roomOf.set(file, folder);
    for (const [file, { name }] of inRooms) {
      roomOf.set(file, name.includes('/') ? `${folder}/${name.slice(0, name.indexOf('/'))}` : file);
    }
    const names = inRooms.map(([file]) => file);
    gatherLoose(sources, names, roomOf);
    const rooms = [...new Set(names.map((file) => roomOf.get(file) ?? ''))].map((id) => {
      const members = inRooms.filter(([file]) => roomOf.get(file) === id).map(([, source]) => source);
      return {
        id,
        ...wordsFor(members, sources.get(`${folder}/src/${id.slice(folder.length + 1)}.ts`)),
        files: members.length,
        isEntry: isEntry(manifest, id.slice(folder.length + 1)),
      };
    });
    inner.push(...necessary(graphOf(sources, names, (file) => roomOf.get(file) ?? '')));
    parts.push({ id: folder, title: manifest.name, note: manifest.description ?? '', rooms });
  }
  return { parts, arrows: [...inner, ...betweenParts(sources, roomOf, inner)] };
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
 * Loose files become rooms: those from which the same folders are reached go together, and then any two whose union makes no new circle.
 * @param {ReadonlyMap<string, Source>} sources
 * @param {readonly string[]} files
 * @param {Map<string, string>} roomOf is changed
 */
function gatherLoose(sources, files, roomOf) {
  const isLoose = (/** @type {string} */ file) => roomOf.get(file) === file;
  const loose = files.filter((file) => isLoose(file));
  const byFile = graphOf(sources, files, (file) => file);
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const file of loose) {
    const reached = [...reachedFrom(byFile, file)].filter((to) => !isLoose(to)).map((to) => roomOf.get(to) ?? '');
    const key = [...new Set(reached)].toSorted(byName).join();
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const rooms = [...groups.values()];
  const assign = () => rooms.forEach((room) => room.forEach((file) => roomOf.set(file, room[0])));
  const circling = () => circlingImports(graphOf(sources, files, (file) => roomOf.get(file) ?? ''));
  assign();
  for (let first = 0; first < rooms.length; first++) {
    for (let second = first + 1; second < rooms.length; second++) {
      const before = circling();
      const [a, b] = [rooms[first], rooms[second]];
      b.forEach((file) => roomOf.set(file, a[0]));
      if (circling() > before) {
        assign();
        continue;
      }
      rooms[first] = [...a, ...b];
      rooms.splice(second--, 1);
    }
  }
}

/**
 * From a package to what it imports of others: the package, or the room that the import names.
 * @param {ReadonlyMap<string, Source>} sources
 * @param {ReadonlyMap<string, string>} roomOf
 * @param {readonly Arrow[]} inner
 */
function betweenParts(sources, roomOf, inner) {
  /** @type {Graph} */
  const graph = new Map();
  const add = (/** @type {string} */ from, /** @type {string} */ to) => {
    const ends = graph.get(from) ?? new Map();
    graph.set(from, ends.set(to, 1));
  };
  for (const { package: from, imports } of sources.values()) {
    for (const file of imports) {
      const of = sources.get(file)?.package;
      const room = roomOf.get(file) ?? '';
      if (of !== undefined && of !== from) add(from, room.endsWith('.ts') ? of : room);
    }
  }
  const between = [...graph].flatMap(([from, ends]) => [...ends.keys()].map((to) => ({ from, to })));
  for (const { from, to, isBack } of inner) if (!isBack) add(from, to);
  return between.filter((arrow) => !followsFromOthers(graph, arrow)).map((arrow) => ({ ...arrow, isBack: false }));
}

/**
 * The title and the note of a room: what its main file says of itself, or which files it is.
 * @param {readonly Source[]} members
 * @param {Source | undefined} beside a loose file that bears the folder's name
 */
function wordsFor(members, beside) {
  const [{ name, text }] = members;
  const folder = name.includes('/') ? name.slice(0, name.indexOf('/') + 1) : '';
  const stems = members.map((member) => member.name.slice(folder.length).replace(/\.ts$/, ''));
  if (folder === '' && members.length === 1) return { title: name, note: firstClause(text) };
  if (folder === '') return { title: `${members.length} files`, note: stems.join(', ') };
  const singular = folder.replace(/s?\/$/, '');
  // Its entry, or the file that bears its name or does its work.
  const main = ['index', folder.slice(0, -1), singular, 'main', 'kernel'].map((stem) => members[stems.indexOf(stem)]);
  const [found] = [main[0], beside, ...main.slice(1)].filter((one) => one !== undefined);
  if (found !== undefined) return { title: folder, note: firstClause(found.text) };
  return { title: folder, note: members.length > MOST_NAMED ? '' : stems.join(', ') };
}

/** Of a folder without a main file. */
const MOST_NAMED = 8;
const LONGEST_NOTE = 64;

/**
 * What the first line of a file says that it is, up to where the sentence first pauses; nothing where that is long.
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
