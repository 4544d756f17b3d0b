// Line charts as SVG text: logarithmic axes, colours for light and dark backgrounds, each line labelled at its end. Independent of the benchmark.

export interface Line {
  readonly name: string;
  /** Our lines are thick, others thin and dashed. */
  readonly isOurs: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  /** Named horizontal lines. */
  readonly levels?: readonly { readonly name: string; readonly y: number }[];
}

const WIDTH = 840;
const HEIGHT = 400;
/** Leaves space for labels at the right. */
const FRAME = { left: 64, right: 536, top: 44, bottom: 348 };
const NAME_HEIGHT = 15;
const COLOURS = 10;

/** The colours of Okabe and Ito, which are distinguishable with every kind of colour vision; adjusted to the background. */
const STYLE = `
text{font:12px system-ui,sans-serif;fill:#3c4043}
.title{font-size:15px;font-weight:600}
.ground{fill:#fff}.grid{stroke:#dadce0;fill:none}.level{stroke:#5f6368;stroke-dasharray:2 4;fill:none}
.line{fill:none;stroke-width:1.6;stroke-dasharray:6 3}.ours{stroke-width:2.8;stroke-dasharray:none}
${['#0072b2', '#d55e00', '#009e73', '#b0578d', '#8a6d00', '#2a8fc0', '#5f6368', '#7b3fa0', '#a33b20', '#2f7d32'].map((colour, n) => `.c${n}{stroke:${colour}}.d${n}{fill:${colour}}`).join('')}
@media (prefers-color-scheme:dark){text{fill:#e3e3e3}.ground{fill:#1b1b1f}.grid{stroke:#3c3f44}.level{stroke:#9aa0a6}
${['#56b4e9', '#ff9a4d', '#3fd0a4', '#e79ac9', '#e6c229', '#8fd3f4', '#bdc1c6', '#c89be8', '#f28b7a', '#81c995'].map((colour, n) => `.c${n}{stroke:${colour}}.d${n}{fill:${colour}}`).join('')}}`;

/** The chart as an SVG document. Lines without points are left out. @throws Error if no line has points. */
export function chartSvg({ title, x, y, lines, levels = [] }: Chart): string {
  const drawn = lines.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) throw new Error(`chart "${title}": nothing to draw`);
  const points = drawn.flatMap((line) => line.points);
  const across = logScale(
    points.map(([at]) => at),
    FRAME.left,
    FRAME.right,
    2,
  );
  const up = logScale([...points.map(([, at]) => at), ...levels.map((level) => level.y)], FRAME.bottom, FRAME.top, 10);
  const marks = [...new Set(points.map(([at]) => at))].toSorted((a, b) => a - b);
  const named = spread(drawn.map((line) => ({ line, wanted: up.place(line.points.at(-1)?.[1] ?? 1) })));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    label(FRAME.left, 22, title, 'class="title"'),
    label((FRAME.left + FRAME.right) / 2, HEIGHT - 10, x, 'text-anchor="middle"'),
    label(FRAME.left, FRAME.top - 6, y, ''),
    ...up.ticks.flatMap((tick) => [
      `<path class="grid" d="M${FRAME.left} ${round(up.place(tick))}H${FRAME.right}"/>`,
      label(FRAME.left - 6, up.place(tick) + 4, String(tick), 'text-anchor="end"'),
    ]),
    ...marks.map((mark) => label(across.place(mark), FRAME.bottom + 18, String(mark), 'text-anchor="middle"')),
    ...levels.flatMap((level) => [
      `<path class="level" d="M${FRAME.left} ${round(up.place(level.y))}H${FRAME.right}"/>`,
      label(FRAME.left + 4, up.place(level.y) - 4, level.name, ''),
    ]),
    ...drawn.map((line, n) => {
      const path = line.points.map(([a, b]) => `${round(across.place(a))} ${round(up.place(b))}`).join('L');
      const dots = line.points.map(
        ([a, b]) => `<circle class="d${n % COLOURS}" cx="${round(across.place(a))}" cy="${round(up.place(b))}" r="2.6"/>`,
      );
      return `<path class="line${line.isOurs ? ' ours' : ''} c${n % COLOURS}" d="M${path}"/>${dots.join('')}`;
    }),
    ...named.map(({ line, at }) => {
      const n = drawn.indexOf(line) % COLOURS;
      const [endX, endY] = line.points.at(-1) ?? [1, 1];
      const lead = `<path class="grid" d="M${round(across.place(endX) + 4)} ${round(up.place(endY))}L${FRAME.right + 14} ${round(at - 4)}"/>`;
      return `${lead}<circle class="d${n}" cx="${FRAME.right + 18}" cy="${round(at - 4)}" r="4"/>${label(FRAME.right + 26, at, line.name, '')}`;
    }),
    '</svg>\n',
  ].join('\n');
}

interface Scale {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** From the smallest to the largest value, with ticks at powers of ten; for few decades also at 2 and 5 times those. */
function logScale(values: readonly number[], start: number, end: number, base: number): Scale {
  const [smallest, largest] = [Math.min(...values), Math.max(...values)];
  // A single value is placed in the middle.
  const margin = smallest === largest ? base : base === 10 ? 1.15 : 1;
  const [low, high] = [Math.log(smallest / margin), Math.log(largest * margin)];
  const from = Math.floor(Math.log10(smallest / margin));
  const decades = Array.from({ length: Math.ceil(Math.log10(largest * margin)) - from + 1 }, (_, n) => from + n);
  const steps = decades.length > 4 ? [1] : [1, 2, 5];
  const ticks = decades
    .flatMap((exponent) => steps.map((step) => Number(`${step}e${exponent}`)))
    .filter((tick) => Math.log(tick) >= low && Math.log(tick) <= high);
  return { ticks, place: (value) => start + ((Math.log(value) - low) / (high - low)) * (end - start) };
}

/** Labels at the ends of their lines, moved apart until none overlaps another. */
function spread(
  ends: readonly { readonly line: Line; readonly wanted: number }[],
): { readonly line: Line; readonly at: number }[] {
  let free = FRAME.top;
  const downwards = ends
    .toSorted((a, b) => a.wanted - b.wanted)
    .map(({ line, wanted }) => {
      const at = Math.max(wanted + 4, free);
      free = at + NAME_HEIGHT;
      return { line, at };
    });
  const overhang = Math.max(0, free - NAME_HEIGHT - FRAME.bottom);
  return downwards.map(({ line, at }, n) => ({ line, at: Math.max(FRAME.top + n * NAME_HEIGHT, at - overhang) }));
}

function label(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function round(coordinate: number): number {
  return Math.round(10 * coordinate) / 10;
}
