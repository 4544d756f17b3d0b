// Layered layout: boxes in rows so that arrows point down, with a lane between boxes where an arrow passes through a row.

/**
 * An item of a row: a box, or a lane for one arrow.
 * @typedef {object} Item
 * @property {string} id
 * @property {boolean} isLane
 * @property {number} x
 * @property {number} width
 */
/** @typedef {import('./graph.mjs').Arrow} Arrow */
/**
 * The area for the rows, and the boxes outside it that attract a box inside.
 * @typedef {{ left: number, width: number, gap: number, pulls?: { id: string, towards: Pick<Item, 'x' | 'width'> | undefined }[] }} Place
 */
/** @typedef {{ arrow: Arrow, stops: Item[] }} Route the items that an arrow passes, from its start to its end */
/** @typedef {{ rows: Item[][], routes: Route[] }} Rows */

const LANE = 22;
const SWEEPS = 8;
/** Weight of an arrow from outside relative to one inside: its other end cannot move. */
const PULL = 3;

/**
 * @param {readonly string[]} boxes
 * @param {readonly Arrow[]} arrows an arrow that runs back is drawn from its end, upwards
 * @param {Place} place
 * @returns {Rows}
 */
export function rowsOf(boxes, arrows, place) {
  const depths = depthsOf(boxes, arrows);
  const count = Math.max(0, ...depths.values()) + 1;
  /** @type {Item[][]} */
  const rows = Array.from({ length: count }, () => []);
  /** @type {Map<string, Item>} */
  const items = new Map();
  const put = (/** @type {number} */ row, /** @type {string} */ id, /** @type {boolean} */ isLane) => {
    const item = { id, isLane, x: 0, width: 0 };
    rows[row].push(item);
    items.set(id, item);
    return item;
  };
  for (const box of boxes) put(depths.get(box) ?? 0, box, false);
  const routes = arrows.map((arrow) => {
    const [top, bottom] = arrow.isBack ? [arrow.to, arrow.from] : [arrow.from, arrow.to];
    const [first, last] = [depths.get(top) ?? 0, depths.get(bottom) ?? 0];
    const lanes = Array.from({ length: last - first - 1 }, (_, n) => put(first + 1 + n, `${top} ${bottom} ${n}`, true));
    return { arrow, stops: /** @type {Item[]} */ ([items.get(top), ...lanes, items.get(bottom)]) };
  });
  orderRows(rows, routes, place);
  return { rows, routes };
}

/**
 * The row of each box, counted from the top: the length of the longest path to it.
 * @param {readonly string[]} boxes
 * @param {readonly Arrow[]} arrows
 */
function depthsOf(boxes, arrows) {
  const down = arrows.filter(({ isBack }) => !isBack);
  const depths = new Map(boxes.map((box) => [box, 0]));
  for (let round = 0; round < boxes.length; round++) {
    for (const { from, to } of down) depths.set(to, Math.max(depths.get(to) ?? 0, (depths.get(from) ?? 0) + 1));
  }
  return depths;
}

/**
 * Orders each row by the positions of the other ends of its arrows, alternating downwards and upwards, which keeps crossings few.
 * @param {Item[][]} rows
 * @param {readonly Route[]} routes
 * @param {Place} place
 */
function orderRows(rows, routes, { left, width, gap, pulls = [] }) {
  const steps = routes.flatMap(({ stops }) => stops.slice(1).map((to, n) => ({ from: stops[n], to })));
  /** @type {(lane: Item) => Item[]} the ends of its arrow, so its lanes are in one column */
  const endsOf = (lane) => routes.flatMap(({ stops }) => (stops.includes(lane) ? [stops[0], ...stops.slice(-1)] : []));
  for (const row of rows) spread(row, left, width, gap);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed()) {
      const wanted = new Map(
        row.map((item) => {
          const ends = item.isLane
            ? endsOf(item)
            : steps.flatMap(({ from, to }) => (from === item ? [to] : to === item ? [from] : []));
          const others = [
            ...ends,
            ...pulls.flatMap(({ id, towards }) =>
              id === item.id && towards !== undefined ? Array.from({ length: PULL }, () => towards) : [],
            ),
          ];
          const sum = others.reduce((total, other) => total + middle(other), 0);
          return [item, others.length === 0 ? middle(item) : sum / others.length];
        }),
      );
      row.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || (a.id < b.id ? -1 : 1));
      spread(row, left, width, gap);
    }
  }
}

/** @param {Pick<Item, 'x' | 'width'>} item */
function middle({ x, width }) {
  return x + width / 2;
}

/**
 * Spreads a row over the width: boxes share what the lanes leave.
 * @param {readonly Item[]} row
 * @param {number} left
 * @param {number} width
 * @param {number} gap
 */
function spread(row, left, width, gap) {
  const lanes = row.filter(({ isLane }) => isLane).length;
  const boxes = row.length - lanes;
  const share = (width - lanes * LANE - Math.max(0, boxes - 1) * gap) / Math.max(1, boxes);
  let x = left;
  row.forEach((item, n) => {
    // Between two boxes is a gap; a lane is a gap by itself.
    if (n > 0 && !item.isLane && !row[n - 1].isLane) x += gap;
    item.x = x;
    item.width = item.isLane ? LANE : share;
    x += item.width;
  });
}
