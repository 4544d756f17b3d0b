// The process of `npm run fuzz` that draws: takes the kinds in turn, so that each has the same share of the time, and stops at the first
// failure. Tells its parent which seed is under way, so that one that hangs or ends the process is known too.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../workspace.mjs';
import { KINDS } from './kinds.mjs';

const HEARTBEAT_MS = 30_000;

/** @type {{ kinds: string[], seed: number, minutes: number, count: number }} */
const plan = JSON.parse(process.argv[2]);
const chosen = await Promise.all(
  KINDS.filter(({ name }) => plan.kinds.includes(name)).map(async ({ name, module, what }) => {
    /** @type {{ draw(seed: number): Promise<void> }} */
    const { draw } = await import(pathToFileURL(path.join(root, module)).href);
    return { name, what, draw, seed: plan.seed, spent: 0 };
  }),
);

/** @param {string} when */
function tell(when) {
  const counts = chosen.map(({ name, seed }) => `${seed - plan.seed} ${name}`).join(', ');
  console.log(`fuzz: ${counts} ${when}`);
}

const started = performance.now();
const end = started + plan.minutes * 60_000;
let told = started;
let failed = false;
while (!failed) {
  const left = plan.count > 0 ? chosen.filter(({ seed }) => seed < plan.seed + plan.count) : chosen;
  if (left.length === 0 || (plan.count === 0 && performance.now() >= end)) break;
  const kind = left.reduce((least, one) => (one.spent < least.spent ? one : least));
  process.send?.({ kind: kind.name, seed: kind.seed });
  const before = performance.now();
  try {
    await kind.draw(kind.seed);
  } catch (error) {
    failed = true;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(`\n${kind.name} (${kind.what}), seed ${kind.seed}:\n${message}`);
    console.error(`again: npm run fuzz -- --only ${kind.name} --seed ${kind.seed} --count 1`);
  }
  kind.spent += performance.now() - before;
  kind.seed++;
  if (performance.now() - told < HEARTBEAT_MS) continue;
  told = performance.now();
  tell(`after ${((told - started) / 1000).toFixed(0)} s`);
}
tell(failed ? 'and a failure' : 'and no failure');
await new Promise((sent) => (process.send ? process.send(null, sent) : sent(undefined)));
// Backends of the drawn problems may hold threads and devices.
process.exit(failed ? 1 : 0);
