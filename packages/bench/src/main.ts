// The benchmark: `npm run bench` at the root, `npm run bench -- --help` for its options.
//
// Every contender runs in a process of its own (worker.ts says why) and all take turns, round by round (rounds.ts says why).
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { CaseName } from './cases.ts';
import { CASE_NAMES } from './cases.ts';
import { contenders } from './contenders/index.ts';
import { load, machine } from './machine.ts';
import type { Opponent } from './opponent.ts';
import { startOpponent } from './opponent.ts';
import type { Report } from './report.ts';
import { formatReport } from './report.ts';
import type { Measurement } from './rounds.ts';
import { measure } from './rounds.ts';

const HELP = `npm run bench -- [options]
  --tokens 256,512     lengths (default 256,512,1024,2048)
  --cases NAMES        of ${CASE_NAMES.join(', ')} (default all)
  --contenders NAMES   of ${contenders.map(({ name }) => name).join(', ')} (default all)
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

async function measureAll(
  names: readonly string[],
  cases: readonly CaseName[],
  lengths: readonly number[],
  rounds: number,
): Promise<Report> {
  const before = load();
  const measurements: Measurement[] = [];
  const opponents: Opponent[] = [];
  try {
    for (const contender of contenders) if (names.includes(contender.name)) opponents.push(startOpponent(contender));
    for (const name of cases) {
      for (const tokens of lengths) {
        process.stderr.write(`${name}, ${tokens} tokens ...\n`);
        measurements.push(...(await measure(opponents, name, tokens, rounds)));
      }
    }
  } finally {
    for (const opponent of opponents) opponent.close();
  }
  const date = new Date().toISOString();
  return { format: 'relbias-bench/1', date, machine: machine(), load: { before, after: load() }, measurements };
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const options = {
    tokens: text,
    cases: text,
    contenders: text,
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
  const names = chosen(
    'contenders',
    values.contenders,
    contenders.map(({ name }) => name),
  );
  const cases = chosen('cases', values.cases, CASE_NAMES);
  const lengths = (values.tokens ?? '256,512,1024,2048').split(',').map((one) => positive('tokens', one.trim()));
  const report = await measureAll(names, cases, lengths, positive('rounds', values.rounds ?? '7'));
  console.log(formatReport(report));
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
