// The benchmark: `npm run bench` at the root, `npm run bench -- --help` for its options.
//
// Every contender runs in a process of its own (worker.ts says why) and all take turns, round by round (rounds.ts says why).
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { CaseName } from './cases.ts';
import { CASE_NAMES } from './cases.ts';
import type { Contender } from './contender.ts';
import { contenders } from './contenders/index.ts';
import { load, machine } from './machine.ts';
import { INSTALL_COMMAND, installPeers, requirePeers } from './peers.ts';
import type { Report } from './report.ts';
import { formatReport } from './report.ts';
import type { Measurement } from './rounds.ts';
import { measure } from './rounds.ts';

/** Those that need nothing installed. */
const atHand = contenders.filter(({ origin }) => origin !== 'peer');
const peers = contenders.filter(({ origin }) => origin === 'peer');

const namesOf = (some: readonly Contender[]): string => some.map(({ name }) => name).join(', ');

const HELP = `npm run bench -- [options]
  --tokens 256,512     lengths (default 256,512,1024,2048)
  --cases NAMES        of ${CASE_NAMES.join(', ')} (default all)
  --peers              with other libraries too: ${namesOf(peers)}.
                       Installs them first if need be, in packages/bench/peers
  --contenders NAMES   these only, of ${namesOf(atHand)} and the peers
  --rounds N           runs of each, fewer for the slow ones (default 7)
  --save NAME          also write results/NAME.json, to be committed
  --out FILE           where the figures go (default results/latest.json)`;

const results = path.join(import.meta.dirname, '..', 'results');

/** Names out of those that exist. */
function chosen<T extends string>(option: string, text: string | undefined, accepted: readonly T[]): T[] {
  const names = text?.split(',').map((name) => name.trim()) ?? [...accepted];
  for (const name of names) {
    if (!accepted.includes(name as T)) throw new TypeError(`--${option}: got "${name}", want some of ${accepted.join(', ')}`);
  }
  return names as T[];
}

function positive(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new TypeError(`--${option}: got "${text}", want a whole number above 0`);
}

/** Who takes part; those among them that need a library have it. */
function participants(wanted: string | undefined, withPeers: boolean): Contender[] {
  const everybody = contenders.map(({ name }) => name);
  const names = wanted === undefined ? undefined : chosen('contenders', wanted, everybody);
  const some = names === undefined ? (withPeers ? contenders : atHand) : contenders.filter(({ name }) => names.includes(name));
  if (withPeers) installPeers();
  else if (some.some(({ origin }) => origin === 'peer')) requirePeers();
  return [...some];
}

async function measureAll(
  some: readonly Contender[],
  cases: readonly CaseName[],
  lengths: readonly number[],
  rounds: number,
): Promise<Report> {
  const before = load();
  const measurements: Measurement[] = [];
  for (const name of cases) {
    for (const tokens of lengths) {
      process.stderr.write(`${name}, ${tokens} tokens ...\n`);
      measurements.push(...(await measure(some, name, tokens, rounds)));
    }
  }
  const date = new Date().toISOString();
  return { format: 'relbias-bench/2', date, machine: machine(), load: { before, after: load() }, measurements };
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const options = {
    tokens: text,
    cases: text,
    contenders: text,
    peers: { type: 'boolean' },
    rounds: text,
    save: text,
    out: text,
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const cases = chosen('cases', values.cases, CASE_NAMES);
  const lengths = (values.tokens ?? '256,512,1024,2048').split(',').map((one) => positive('tokens', one.trim()));
  const rounds = positive('rounds', values.rounds ?? '7');
  const some = participants(values.contenders, values.peers ?? false);
  const report = await measureAll(some, cases, lengths, rounds);
  console.log(formatReport(report));
  if (!some.some(({ origin }) => origin === 'peer')) {
    console.log(`Not run: ${namesOf(peers)}. ${INSTALL_COMMAND} installs their libraries and adds them.`);
  }
  const unfit = report.measurements.filter(({ outcome }) => outcome !== 'timed');
  if (unfit.length > 0) process.exitCode = 1;
  const files = [values.out ?? path.join(results, 'latest.json')];
  if (values.save !== undefined) files.push(path.join(results, `${values.save}.json`));
  for (const file of files) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    console.log(`Written to ${file}`);
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
