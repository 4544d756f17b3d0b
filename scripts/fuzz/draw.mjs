// The process of `npm run fuzz` that runs the seeds. It gives each kind the same share of the time and stops at the first failure. It reports
// to its parent which seed it is running, so the parent can name one that hangs or crashes the process.
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
function printCounts(when) {
  const counts = chosen.map(({ name, seed }) => `${seed - plan.seed} ${name}`).join(', ');
  console.log(`fuzz: seeds tried: ${counts}; ${when}`);
}

const started = performance.now();
const end = started + plan.minutes * 60_000;
let printed = started;
let failed = false;
while (!failed) {
  const left = plan.count > 0 ? chosen.filter(({ seed }) => seed < plan.seed + plan.count) : chosen;
  if (left.length === 0 || (plan.count === 0 && performance.now() >= end)) break;
  const kind = left.reduce((shortest, one) => (one.spent < shortest.spent ? one : shortest));
  process.send?.({ kind: kind.name, seed: kind.seed });
  const before = performance.now();
  try {
    await kind.draw(kind.seed);
  } catch (error) {
    failed = true;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(`\n${kind.name} (${kind.what}), seed ${kind.seed}:\n${message}`);
    console.error(`to repeat it: npm run fuzz -- --only ${kind.name} --seed ${kind.seed} --count 1`);
  }
  kind.spent += performance.now() - before;
  kind.seed++;
  if (performance.now() - printed < HEARTBEAT_MS) continue;
  printed = performance.now();
  printCounts(`after ${((printed - started) / 1000).toFixed(0)} s`);
}
printCounts(failed ? 'one failed' : 'none failed');
await new Promise((sent) => (process.send ? process.send(null, sent) : sent(undefined)));
// Backends may still hold threads and devices.
process.exit(failed ? 1 : 0);
