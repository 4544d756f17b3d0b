// The opening of a machine's section: how much faster or slower relbias is than each peer, in words, as a chart and as a table.
import { CASES, CASE_NAMES } from '../cases.ts';
import type { CaseName } from '../cases.ts';
import { medianMs } from '../figures.ts';
import type { Race } from '../race.ts';
import type { Side } from '../sides.ts';
import { ofSide } from '../sides.ts';
import { chartSvg } from './chart.ts';
import type { Plot } from './plots.ts';
import { table } from './table.ts';

const OURS: Side = 'relbias, default';

/** The peers, and how the page calls them. */
const PEERS = {
  'ORT-node with bias': 'onnxruntime-node (native code)',
  'ORT-node prebuilt': 'onnxruntime-node, bias prebuilt',
  'ORT-web with bias': 'onnxruntime-web (WebAssembly)',
  'jax-js wasm with bias': 'jax-js (WebAssembly)',
  'tfjs-wasm with bias': 'TensorFlow.js (WebAssembly)',
  'plain loop': 'three nested loops in JavaScript',
} as const satisfies Partial<Record<Side, string>>;

type Peer = keyof typeof PEERS;

const PEER_NAMES = Object.keys(PEERS) as Peer[];

/** Their time / ours, in the newest race with both. */
interface SpeedUp {
  readonly case: CaseName;
  readonly tokens: number;
  readonly peer: Peer;
  readonly factor: number;
}

function speedUps(races: readonly Race[]): SpeedUp[] {
  const newestFirst = races.toSorted((a, b) => b.date.localeCompare(a.date));
  const found = new Map<string, SpeedUp>();
  for (const race of newestFirst) {
    const ours = ofSide(race, OURS);
    for (const peer of PEER_NAMES) {
      const theirs = ofSide(race, peer);
      const key = `${race.case} ${race.tokens} ${peer}`;
      if (ours === undefined || theirs === undefined || found.has(key)) continue;
      found.set(key, { case: race.case, tokens: race.tokens, peer, factor: medianMs(theirs) / medianMs(ours) });
    }
  }
  return [...found.values()];
}

/** "2.2×", "0.53×", "35×": two significant digits, and more if they would read 1.0. */
export function factorText(factor: number): string {
  let digits = factor < 1 ? 2 : factor < 9.95 ? 1 : 0;
  while (digits < 4 && factor !== 1 && Number(factor.toFixed(digits)) === 1) digits++;
  return `${factor.toFixed(digits)}×`;
}

/** The summary in Markdown, and its chart; empty without a comparison. */
export function summarySection(
  machine: string,
  races: readonly Race[],
): { readonly markdown: string; readonly plots: readonly Plot[] } {
  const all = speedUps(races);
  if (all.length === 0) return { markdown: '', plots: [] };
  const raced = PEER_NAMES.filter((peer) => all.some((one) => one.peer === peer));
  const sentences = raced.map((peer) => `- ${sentenceOf(peer, all)}`);
  const plots = overviewPlot(machine, all);
  const images = plots.map(({ title, file }) => `![${title}](./benchmarks/${file})\n`);
  const rows = CASE_NAMES.flatMap((name) => rowsOf(name, raced, all));
  const markdown = [
    `### relbias against other libraries\n`,
    'How many times as long a peer takes as relbias with its default options. Above 1× relbias is faster, below 1× it is slower.\n',
    `${sentences.join('\n')}\n`,
    ...images,
    `${table(['case', 'tokens', ...raced.map((peer) => PEERS[peer])], rows)}\n`,
  ];
  return { markdown: markdown.join('\n'), plots };
}

function sentenceOf(peer: Peer, all: readonly SpeedUp[]): string {
  const own = all.filter((one) => one.peer === peer);
  const slower = own.filter(({ factor }) => factor < 1);
  const factors = own.map(({ factor }) => factor);
  const range =
    own.length === 1 ? factorText(factors[0]) : `${factorText(Math.min(...factors))} to ${factorText(Math.max(...factors))}`;
  const faster = own.length - slower.length;
  const where = CASE_NAMES.flatMap((name) => {
    const lengths = slower.filter((one) => one.case === name).toSorted((a, b) => a.tokens - b.tokens);
    const list = lengths.map(({ tokens, factor }) => `${tokens} (${factorText(factor)})`);
    return list.length === 0 ? [] : [`${CASES[name].title}, at ${list.join(', ')} tokens`];
  });
  const behind = slower.length === 0 ? '' : ` Slower: ${where.join('; ')}.`;
  return `**${PEERS[peer]}**: ${range}; relbias is faster in ${faster} of ${own.length} cases.${behind}`;
}

function rowsOf(name: CaseName, raced: readonly Peer[], all: readonly SpeedUp[]): string[][] {
  const own = all.filter((one) => one.case === name);
  const lengths = [...new Set(own.map(({ tokens }) => tokens))].toSorted((a, b) => a - b);
  return lengths.map((tokens) => {
    const cells = raced.map((peer) => {
      const one = own.find((some) => some.peer === peer && some.tokens === tokens);
      return one === undefined ? '' : factorText(one.factor);
    });
    return [CASES[name].title, String(tokens), ...cells];
  });
}

/** Against native ONNX Runtime, one line per case. */
function overviewPlot(machine: string, all: readonly SpeedUp[]): Plot[] {
  const lines = CASE_NAMES.map((name) => {
    const own = all.filter((one) => one.case === name && one.peer === 'ORT-node with bias');
    const points = own.map(({ tokens, factor }): [number, number] => [tokens, factor]).toSorted(([a], [b]) => a - b);
    return { name: CASES[name].title, isOurs: true, points };
  }).filter(({ points }) => points.length > 1);
  if (lines.length === 0) return [];
  const title = 'Time of onnxruntime-node (native code) / time of relbias';
  const levels = [{ name: 'equally fast', y: 1 }];
  const svg = chartSvg({ title, x: 'tokens', y: 'above 1: relbias is faster', lines, levels });
  return [{ title, file: `${machine}-overview.svg`, svg }];
}
