// Renders the diagram as SVG: packages in rows, their modules in rows inside them, arrows for imports from top to bottom.
import { innerArrow, outerArrows, round } from './arrows.mjs';
import { rowsOf } from './rows.mjs';

/** @typedef {import('./modules.mjs').Diagram} Diagram */
/** @typedef {import('./modules.mjs').Module} Module */
/** @typedef {import('./modules.mjs').Part} Part */
/** @typedef {import('./rows.mjs').Item} Item */
/** @typedef {import('./arrows.mjs').Box} Box */

const WIDTH = 840;
const MARGIN = 12;
const PART_GAP = 44;
const MODULE_GAP = 24;
const LINE = 16;
const INSET = 14;
/** The part's name is at the upper left; arrows pass to its right. */
const NAME = { width: 172, height: 30 };
/** The mean width of a character, of 12 and of 14 bold pixels: SVG text does not wrap by itself. */
const CHARACTER = 6.4;
const BOLD = 7.6;

const STYLE = `
text{font:12px system-ui,sans-serif;fill:#5f6368}
.name{font-size:14px;font-weight:600;fill:#202124}.part-name{font-size:15px;font-weight:700;fill:#202124}
.ground{fill:#fff}.part{fill:#f1f4f8;stroke:#c3cad3}.module{fill:#fff;stroke:#9aa5b1}.entry{stroke:#0072b2;stroke-width:1.8}
.arrow{fill:none;stroke:#4a5560;stroke-width:1.3}.tip{fill:#4a5560}.back{stroke:#d55e00;stroke-dasharray:4 3}.back-tip{fill:#d55e00}
@media (prefers-color-scheme:dark){text{fill:#aab1ba}.name,.part-name{fill:#e8eaed}
.ground{fill:#1b1b1f}.part{fill:#24272d;stroke:#454b54}.module{fill:#1b1b1f;stroke:#6b7480}.entry{stroke:#56b4e9}
.arrow{stroke:#aab1ba}.tip{fill:#aab1ba}.back{stroke:#ff9a4d}.back-tip{fill:#ff9a4d}}`;

const LEGEND = [
  'An arrow means: imports. One that follows from others is left out. Types count as well.',
  'A blue frame can be imported by name; an arrow to a package goes to its index.ts.',
];
const BACK = 'Dashed: also imports from a module above it, though no two files import each other.';

/**
 * @param {Diagram} diagram
 * @returns {string} an SVG document
 */
export function pictureOf({ parts, arrows }) {
  const partOf = new Map(parts.flatMap((part) => [part.id, ...part.modules.map(({ id }) => id)].map((id) => [id, part.id])));
  const place = (/** @type {string} */ id) => partOf.get(id) ?? '';
  const between = arrows.filter(({ from, to }) => place(from) !== place(to));
  // Two arrows between the same packages take the same way there, side by side.
  const outer = rowsOf(
    parts.map(({ id }) => id),
    between.map((arrow) => ({ ...arrow, from: place(arrow.from), to: place(arrow.to) })),
    { left: MARGIN, width: WIDTH - 2 * MARGIN, gap: 14 },
  );
  /** @type {string[]} */
  const drawn = [];
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  /** @type {Map<string, Box[]>} */
  const entries = new Map();
  let y = MARGIN;
  for (const row of outer.rows) {
    const inside = row.filter(({ isLane }) => !isLane).map((item) => drawPart(item, y, parts, arrows, boxes, entries));
    const height = Math.max(...inside.map((one) => one.height));
    for (const item of row) boxes.set(item.id, { x: item.x, width: item.width, y, height });
    for (const one of inside) drawn.push(...one.draw(height));
    y += height + PART_GAP;
  }
  const ways = outer.routes.map(({ stops }, n) => {
    const [start, ...others] = stops.map(({ id }) => /** @type {Box} */ (boxes.get(id)));
    return { start, lanes: others.slice(0, -1), end: others[others.length - 1], inside: entries.get(between[n].to) ?? [] };
  });
  for (const { id } of parts) {
    const own = ways.filter(({ start }) => start === boxes.get(id));
    drawn.push(...outerArrows(own, NAME.width));
  }
  const legend = arrows.some(({ isBack }) => isBack) ? [...LEGEND, BACK] : LEGEND;
  const height = y - PART_GAP + 20 + legend.length * LINE + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The packages, their folders, and who imports whom">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...drawn,
    ...legend.map((line, n) => label(MARGIN, y - PART_GAP + 26 + n * LINE, line)),
    '</svg>\n',
  ].join('\n');
}

/**
 * @param {Item} item
 * @param {number} top
 * @param {readonly Part[]} parts
 * @param {Diagram['arrows']} arrows
 * @param {Map<string, Box>} boxes is filled in
 * @param {Map<string, Box[]>} entries filled in: the boxes an arrow from outside passes on its way to a module, the module last
 */
function drawPart(item, top, parts, arrows, boxes, entries) {
  const part = /** @type {Part} */ (parts.find(({ id }) => id === item.id));
  const inner = { x: item.x + INSET, width: item.width - 2 * INSET };
  const ids = part.modules.map(({ id }) => id);
  const inside = arrows.filter(({ from, to }) => ids.includes(from) && ids.includes(to));
  const inbound = arrows.filter(({ from, to }) => !ids.includes(from) && ids.includes(to));
  // The upper edge of the package lies above the first row; arrows from other packages cross it on their way to a module.
  const roots = ids.filter((id) => inbound.some(({ to }) => to === id) || !inside.some(({ to, isBack }) => to === id && !isBack));
  const { rows, routes } = rowsOf(['', ...ids], [...roots.map((to) => ({ from: '', to, isBack: false })), ...inside], {
    left: inner.x,
    width: inner.width,
    gap: 10,
    pulls: inbound.map(({ from, to }) => ({ id: to, towards: boxes.get(from) })),
  });
  /** @type {string[]} */
  const drawn = [];
  let y = top + NAME.height;
  for (const row of rows.slice(1)) {
    const height = Math.max(...row.filter(({ isLane }) => !isLane).map(({ id, width }) => moduleHeight(moduleNamed(id), width)));
    for (const one of row) boxes.set(one.id, { x: one.x, width: one.width, y, height });
    for (const one of row) if (!one.isLane) drawn.push(...drawModule(moduleNamed(one.id), box(one.id)));
    y += height + MODULE_GAP;
  }
  for (const { arrow, stops } of routes) {
    const [first, ...others] = stops;
    const way = others.map(({ id }) => box(id));
    if (first.id === '') entries.set(arrow.to, way);
    else drawn.push(...innerArrow([box(first.id), ...way], arrow, routes));
  }
  const note = lines(part.note, inner.width);
  const end = ids.length === 0 ? y + 14 : y - MODULE_GAP + 20;
  return {
    height: end - top + note.length * LINE - 4,
    /** @param {number} height of the row @returns {string[]} */
    draw: (height) => [
      `<rect class="part" x="${item.x}" y="${top}" width="${round(item.width)}" height="${height}" rx="6"/>`,
      label(inner.x, top + 20, part.title, 'part-name'),
      ...drawn,
      ...note.map((line, n) => label(inner.x, top + height - 10 - (note.length - 1 - n) * LINE, line)),
    ],
  };

  /** @param {string} id */
  function moduleNamed(id) {
    return /** @type {Module} */ (part.modules.find((module) => module.id === id));
  }

  /** @param {string} id */
  function box(id) {
    return /** @type {Box} */ (boxes.get(id));
  }
}

/**
 * The text of a module: name, number of files and note; on one line if it fits.
 * @param {Module} module
 * @param {number} width
 */
function wordsIn({ title, note, files }, width) {
  const name = title.length * BOLD + 12;
  const count = title.endsWith('/') ? (files === 1 ? '1 file' : `${files} files`) : '';
  const isWide = name + (count.length + 4) * CHARACTER < width - 20;
  const beside = width - 20 - name - (count.length + 2) * CHARACTER;
  const isShort = isWide && note.length * CHARACTER <= beside;
  const below = [...(isWide || count === '' ? [] : [count]), ...(isShort ? [] : lines(note, width - 20))];
  return { name, count: isWide ? count : '', beside: isShort ? note : '', below };
}

/**
 * @param {Module} module
 * @param {number} width
 */
function moduleHeight(module, width) {
  return 16 + LINE * (1 + wordsIn(module, width).below.length);
}

/**
 * @param {Module} module
 * @param {Box} box
 */
function drawModule(module, { x, y, width, height }) {
  const { name, count, beside, below } = wordsIn(module, width);
  return [
    `<rect class="module${module.isEntry ? ' entry' : ''}" x="${round(x)}" y="${y}" width="${round(width)}" height="${height}" rx="3"/>`,
    label(x + 10, y + 20, module.title, 'name'),
    ...(beside === '' ? [] : [label(x + 10 + name, y + 20, beside)]),
    ...below.map((line, n) => label(x + 10, y + 20 + (n + 1) * LINE, line)),
    ...(count === '' ? [] : [label(x + width - 10, y + 20, count, '', 'end')]),
  ];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} [kind]
 * @param {string} [anchor]
 */
function label(x, y, text, kind = '', anchor = '') {
  const attributes = `${kind === '' ? '' : ` class="${kind}"`}${anchor === '' ? '' : ` text-anchor="${anchor}"`}`;
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${escaped(text)}</text>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/**
 * @param {string} text
 * @param {number} width
 * @returns {string[]}
 */
function lines(text, width) {
  /** @type {string[]} */
  const all = [];
  for (const word of text.split(' ').filter((one) => one !== '')) {
    const last = all.at(-1);
    if (last !== undefined && (last.length + 1 + word.length) * CHARACTER <= width) all[all.length - 1] = `${last} ${word}`;
    else all.push(word);
  }
  return all;
}
