// Files or modules as a graph: reachability, circles, and the arrows that do not follow from others.

/** @typedef {import('./imports.mjs').Source} Source */
/** @typedef {Map<string, Map<string, number>>} Graph how many imports run from one node to another */
/** @typedef {{ from: string, to: string, isBack: boolean }} Arrow `isBack`: its end reaches its start by other arrows */

/**
 * @param {ReadonlyMap<string, Source>} sources
 * @param {readonly string[]} files
 * @param {(file: string) => string} nodeOf
 * @returns {Graph}
 */
export function graphOf(sources, files, nodeOf) {
  const known = new Set(files);
  /** @type {Graph} */
  const graph = new Map(files.map((file) => [nodeOf(file), new Map()]));
  for (const file of files) {
    for (const to of sources.get(file)?.imports ?? []) {
      const [here, there] = [nodeOf(file), nodeOf(to)];
      if (!known.has(to) || here === there) continue;
      graph.get(here)?.set(there, (graph.get(here)?.get(there) ?? 0) + 1);
    }
  }
  return graph;
}

/**
 * @param {Graph} graph
 * @param {string} start
 * @returns {Set<string>} without the start, unless it is part of a circle
 */
export function reachedFrom(graph, start) {
  /** @type {Set<string>} */
  const reached = new Set();
  const waiting = [start];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const to of graph.get(node)?.keys() ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      waiting.push(to);
    }
  }
  return reached;
}

/** @param {Graph} graph */
function circlingNodes(graph) {
  return new Set([...graph.keys()].filter((node) => reachedFrom(graph, node).has(node)));
}

/**
 * The number of imports between modules that form a circle.
 * @param {Graph} graph
 */
export function circlingImports(graph) {
  const circle = circlingNodes(graph);
  return [...circle].reduce((sum, from) => {
    const ends = [...(graph.get(from) ?? [])].filter(([to]) => circle.has(to) && reachedFrom(graph, to).has(from));
    return sum + ends.reduce((imports, [, count]) => imports + count, 0);
  }, 0);
}

/**
 * The arrows that do not follow from others. Where modules form a circle (their files do not), the direction with the fewest imports is
 * drawn backwards.
 * @param {Graph} graph
 * @returns {Arrow[]}
 */
export function necessary(graph) {
  /** @type {Graph} */
  const down = new Map([...graph].map(([from, to]) => [from, new Map(to)]));
  /** @type {Arrow[]} */
  const back = [];
  for (let circle = circlingNodes(down); circle.size > 0; circle = circlingNodes(down)) {
    const [weakest] = [...circle]
      .flatMap((from) => [...(down.get(from) ?? [])].map(([to, count]) => ({ from, to, count })))
      .filter(({ from, to }) => circle.has(to) && reachedFrom(down, to).has(from))
      .toSorted((a, b) => a.count - b.count || (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1));
    down.get(weakest.from)?.delete(weakest.to);
    back.push({ from: weakest.from, to: weakest.to, isBack: true });
  }
  const direct = [...down].flatMap(([from, to]) => [...to.keys()].map((end) => ({ from, to: end, isBack: false })));
  return [...direct.filter((arrow) => !followsFromOthers(down, arrow)), ...back];
}

/**
 * @param {Graph} graph without circles
 * @param {Pick<Arrow, 'from' | 'to'>} arrow
 */
export function followsFromOthers(graph, { from, to }) {
  return [...(graph.get(from)?.keys() ?? [])].some((next) => next !== to && reachedFrom(graph, next).has(to));
}

/**
 * The first circle, as its nodes in order and the first once more; null where there is none.
 * @param {readonly string[]} nodes
 * @param {(node: string) => readonly string[]} next
 * @returns {string[] | null}
 */
export function findCircle(nodes, next) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @type {(node: string) => string[] | null} */
  const visit = (node) => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    done.add(node);
    path.push(node);
    for (const to of next(node)) {
      const circle = visit(to);
      if (circle !== null) return circle;
    }
    path.pop();
    return null;
  };
  for (const node of nodes) {
    const circle = visit(node);
    if (circle !== null) return circle;
  }
  return null;
}
