// The command line: which races, how many rounds, where the figures go.
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

/** The contenders that need no installation. */
const builtIn = namesOf(contenders.filter(({ origin }) => origin !== 'peer'));
/** The contenders that need another library. */
export const peers: readonly string[] = namesOf(contenders.filter(({ origin }) => origin === 'peer'));

const LENGTHS = [256, 512, 1024, 2048];
const ROUNDS = 7;
const LATEST = path.join(import.meta.dirname, '..', 'results', 'latest.json');

export const HELP: string = `npm run bench -- [options]
  --tokens 256,512     sequence lengths (default ${LENGTHS.join(',')})
  --cases NAMES        some of ${CASE_NAMES.join(', ')} (default all)
  --peers              also run other libraries: ${peers.join(', ')}.
                       Installs missing ones in packages/bench/peers first
  --contenders NAMES   only these, of ${builtIn.join(', ')} and the peers
  --plan NAME          a fixed set of races with peers: ${PLAN_NAMES.map((name) => `${name} (${PLANS[name].length} races)`).join(', ')}
  --full               the same as --plan full
  --minutes N          start no race after N minutes
  --rounds N           rounds per contender, fewer for slow ones (default ${ROUNDS})
  --save NAME          also add the races to docs/reports/bench-NAME.json, replacing older ones of the same case, length and
                       contenders; then "npm run bench -- --page" updates docs/benchmarks.md
  --out FILE           write the figures of this run to FILE (default packages/bench/results/latest.json)
  --page               measure nothing; write docs/benchmarks.md and its plots from the saved figures`;

export interface Options {
  readonly races: readonly PlannedRace[];
  /** Whether to install missing peers. */
  readonly install: boolean;
  readonly rounds: number;
  readonly minutes: number;
  readonly out: string;
  readonly save: string | undefined;
}

/** A list of names, checked. */
function chosen<T extends string>(option: string, text: string | undefined, accepted: readonly T[]): T[] {
  const names = text?.split(',').map((name) => name.trim()) ?? [...accepted];
  for (const name of names) {
    if (!accepted.includes(name as T)) throw new TypeError(`--${option}: got "${name}", wanted some of ${accepted.join(', ')}`);
  }
  return names as T[];
}

function positive(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new TypeError(`--${option}: got "${text}", wanted an integer above 0`);
}

/** Reads the arguments; 'help' or 'page' if nothing is to be measured. @throws Error with a one-line message for wrong arguments. */
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
    throw new TypeError(
      `--${superfluous[0]}: got it together with --plan ${plan}, wanted one of the two, because a plan fixes the races`,
    );
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
  throw new TypeError(`--plan: got "${text}", wanted one of ${PLAN_NAMES.join(', ')}`);
}

interface FreeChoice {
  readonly tokens?: string | undefined;
  readonly cases?: string | undefined;
  readonly contenders?: string | undefined;
  readonly peers?: boolean | undefined;
}

function freeChoice(values: FreeChoice): PlannedRace[] {
  const all = namesOf(contenders);
  const names = values.contenders === undefined && !values.peers ? builtIn : chosen('contenders', values.contenders, all);
  const lengths = values.tokens?.split(',').map((one) => positive('tokens', one.trim())) ?? LENGTHS;
  const cases = chosen<CaseName>('cases', values.cases, CASE_NAMES);
  return cases.flatMap((name) => lengths.map((tokens) => ({ case: name, tokens, contenders: names })));
}

/** Printed when no peer was measured. */
export const NO_PEERS: string = `Not measured: ${peers.join(', ')}. To install and measure them, run: ${INSTALL_COMMAND}`;
