// The arrows of the picture: from one row to the next straight down where both ends allow it, else in a curve between the rows.

/** @typedef {import('./graph.mjs').Arrow} Arrow */
/** @typedef {import('./rows.mjs').Route} Route */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box */

/** The minimum distance between a corner and the end of an arrow. */
const CORNER = 11;
/** The distance between an arrow and its reverse. */
const APART = 18;
/** The minimum horizontal overlap of two boxes for a straight arrow. */
const OVERLAP = 8;

/**
 * An arrow inside a package.
 * @param {readonly Box[]} way what it passes, from top to bottom
 * @param {Arrow} arrow
 * @param {readonly Route[]} routes all arrows of the package
 */
export function innerArrow(way, { from, to, isBack }, routes) {
  const hasTwin = routes.some(({ arrow }) => arrow.from === to && arrow.to === from);
  const shift = hasTwin ? (isBack ? APART / 2 : -APART / 2) : 0;
  const path = way.slice(1).map((lower, n) => {
    const upper = way[n];
    const [start, end] = passage(upper, lower).map((x) => x + shift);
    const exit = upper.y + upper.height;
    return `${n === 0 ? 'M' : 'L'}${round(start)} ${exit}${turn(start, exit, end, lower.y)}`;
  });
  return drawn(path.join(''), isBack);
}

/**
 * Where an arrow leaves a box and enters the next.
 * @param {Box} from
 * @param {Box} to
 * @returns {readonly [start: number, end: number]}
 */
function passage(from, to) {
  const start = Math.max(from.x, to.x);
  const end = Math.min(from.x + from.width, to.x + to.width);
  if (end - start >= OVERLAP) return [(start + end) / 2, (start + end) / 2];
  return [from.x + from.width / 2, to.x + to.width / 2];
}

/**
 * @typedef {object} Way of an arrow between packages
 * @property {Box} start the package
 * @property {readonly Box[]} lanes between other packages
 * @property {Box} end the package that it goes to
 * @property {readonly Box[]} inside the lanes there and the module that it names; empty if it names none
 */

/**
 * The arrows from one package to others, side by side from its lower edge.
 * @param {readonly Way[]} ways
 * @param {number} nameWidth the part of a package's upper edge that no arrow crosses
 */
export function outerArrows(ways, nameWidth) {
  const sorted = ways.toSorted((a, b) => middle(a.inside.at(-1) ?? a.end) - middle(b.inside.at(-1) ?? b.end));
  return sorted.flatMap(({ start, lanes, end, inside }, n) => {
    const stops = [...lanes, ...(inside.length === 0 ? [end] : inside)];
    let [at, from] = [start.x + (start.width * (n + 1)) / (sorted.length + 1), start.y + start.height];
    let path = `M${round(at)} ${from}`;
    for (const stop of stops) {
      const isFirstInside = stop === inside[0];
      const left = isFirstInside ? Math.max(stop.x, end.x + nameWidth) : stop.x;
      const to = Math.max(Math.min(at, stop.x + stop.width - CORNER), left + CORNER);
      const top = isFirstInside ? end.y : stop.y;
      path += turn(at, from, to, top);
      // It ends at its last stop, and runs through the others.
      from = stop === stops.at(-1) ? stop.y : stop.y + stop.height;
      at = to;
      if (from !== top) path += `L${round(at)} ${from}`;
    }
    return drawn(path, false);
  });
}

/** @param {Box} box */
function middle({ x, width }) {
  return x + width / 2;
}

/** @type {(x0: number, y0: number, x1: number, y1: number) => string} */
function turn(x0, y0, x1, y1) {
  if (round(x0) === round(x1)) return `L${round(x1)} ${y1}`;
  const y = round((y0 + y1) / 2);
  return `C${round(x0)} ${y} ${round(x1)} ${y} ${round(x1)} ${y1}`;
}

/**
 * A path with its tip: at its end, or, pointing up, at its start.
 * @param {string} path
 * @param {boolean} isBack
 */
function drawn(path, isBack) {
  const numbers = path.match(/[\d.]+/g) ?? [];
  const [x, y] = isBack ? numbers : numbers.slice(-2);
  return [
    `<path class="arrow${isBack ? ' back' : ''}" d="${path}"/>`,
    `<path class="${isBack ? 'back-tip' : 'tip'}" d="M${x} ${y}l-3.5 ${isBack ? 7 : -7}h7z"/>`,
  ];
}

/** Coordinates have one decimal. @param {number} value */
export function round(value) {
  return Math.round(value * 10) / 10;
}
