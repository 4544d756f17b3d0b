// What the command line asks for: which races, how many rounds, where the figures go.
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { CaseName } from './cases.ts';
import { CASE_NAMES } from './cases.ts';
import type { Contender } from './contender.ts';
import { contenders } from './contenders/index.ts';
import { INSTALL_COMMAND } from './peers.ts';
import type { PlanName, PlannedRace } from './plan.ts';
import { PLANS, PLAN_NAMES } from './plan.ts';
import { reportFile } from './saved.ts';

const namesOf = (some: readonly Contender[]): string[] => some.map(({ name }) => name);

/** Those that need nothing installed. */
const atHand = namesOf(contenders.filter(({ origin }) => origin !== 'peer'));
/** Those that bring a library. */
export const peers: readonly string[] = namesOf(contenders.filter(({ origin }) => origin === 'peer'));

const LENGTHS = [256, 512, 1024, 2048];
const ROUNDS = 7;
const LATEST = path.join(import.meta.dirname, '..', 'results', 'latest.json');

export const HELP: string = `npm run bench -- [options]
  --tokens 256,512     lengths (default ${LENGTHS.join(',')})
  --cases NAMES        of ${CASE_NAMES.join(', ')} (default all)
  --peers              with other libraries too: ${peers.join(', ')}.
                       Installs them first if need be, in packages/bench/peers
  --contenders NAMES   these only, of ${atHand.join(', ')} and the peers
  --plan NAME          a set of races instead, with peers: ${PLAN_NAMES.map((name) => `${name} (${PLANS[name].length} races)`).join(', ')}
  --full               the same as --plan full
  --minutes N          start no further race after that long
  --rounds N           turns of each, fewer for the slow ones (default ${ROUNDS})
  --save NAME          also add the races to docs/reports/bench-NAME.json, where they replace older ones of the same case, length and
                       contenders; then "npm run bench -- --page" writes docs/benchmarks.md anew
  --out FILE           where the figures of this run go (default packages/bench/results/latest.json)
  --page               only write docs/benchmarks.md and its plots from what is saved`;

export interface Options {
  readonly races: readonly PlannedRace[];
  /** Whether to install what is missing of peers. */
  readonly install: boolean;
  readonly rounds: number;
  readonly minutes: number;
  readonly out: string;
  readonly save: string | undefined;
}

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

/**
 * @returns 'help' and 'page' where nothing is to be measured.
 * @throws Error for what it does not know, in one line.
 */
export function readOptions(args: readonly string[]): Options | 'help' | 'page' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      tokens: text,
      cases: text,
      contenders: text,
      peers: flag,
      plan: text,
      full: flag,
      minutes: text,
      rounds: text,
      save: text,
      out: text,
      page: flag,
      help: flag,
    },
  });
  if (values.help) return 'help';
  if (values.page) return 'page';
  const plan = values.full ? 'full' : values.plan;
  const choice = Object.entries({ tokens: values.tokens, cases: values.cases, contenders: values.contenders });
  const [superfluous] = plan === undefined ? [] : choice.filter(([, value]) => value !== undefined);
  if (superfluous)
    throw new TypeError(`--${superfluous[0]}: got it with --plan ${plan}, which says that already. Want one of the two`);
  return {
    races: plan === undefined ? freeChoice(values) : planned(plan),
    install: plan !== undefined || (values.peers ?? false),
    rounds: positive('rounds', values.rounds ?? String(ROUNDS)),
    minutes: values.minutes === undefined ? Infinity : positive('minutes', values.minutes),
    out: values.out ?? LATEST,
    save: values.save === undefined ? undefined : reportFile(values.save),
  };
}

function planned(text: string): readonly PlannedRace[] {
  const [name, ...others] = chosen<PlanName>('plan', text, PLAN_NAMES);
  if (others.length === 0) return PLANS[name];
  throw new TypeError(`--plan: got "${text}", want one of ${PLAN_NAMES.join(', ')}`);
}

interface FreeChoice {
  readonly tokens?: string | undefined;
  readonly cases?: string | undefined;
  readonly contenders?: string | undefined;
  readonly peers?: boolean | undefined;
}

function freeChoice(values: FreeChoice): PlannedRace[] {
  const everybody = namesOf(contenders);
  const names = values.contenders === undefined && !values.peers ? atHand : chosen('contenders', values.contenders, everybody);
  const lengths = values.tokens?.split(',').map((one) => positive('tokens', one.trim())) ?? LENGTHS;
  const cases = chosen<CaseName>('cases', values.cases, CASE_NAMES);
  return cases.flatMap((name) => lengths.map((tokens) => ({ case: name, tokens, contenders: names })));
}

/** For whoever wonders where the other libraries are. */
export const NO_PEERS: string = `Not run: ${peers.join(', ')}. ${INSTALL_COMMAND} installs their libraries and adds them.`;
