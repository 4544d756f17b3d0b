// Measures the amount of work from which sharing a call pays off: one thread compared with two that share every call, with workers asleep and with
// workers awake. Lower quartiles of interleaved runs in one process, of the built package. src/wasm/threads/sharing.ts uses the result.
//   node scripts/measure-break-even.mjs
import { t5 } from '@relbias/bias-spec';
import { setTimeout } from 'node:timers/promises';
import { backendOf } from '../dist/backend.js';
import { openWasm } from '../dist/wasm/open.js';
import { workOf } from '../dist/wasm/threads/break-even.js';
import { spawn } from '../dist/wasm/threads/spawn.js';

const HEADS = 8;
const ROUNDS = 150;
/** Longer than a worker spins without work. */
const REST_MS = 1;

const name = 'measure-break-even';
const one = backendOf(await openWasm(name, {}));
const two = backendOf(await openWasm(name, { threads: 2 }, { breakEven: { parked: 0, hot: 0 }, spawn }));
const table = Float32Array.from({ length: 32 * HEADS }, (_, index) => Math.sin(index));

for (const causal of [false, true]) {
  for (const tokens of [64, 96, 128, 192, 256, 384]) {
    const bias = t5({ heads: HEADS, table, bidirectional: !causal });
    const problem = { heads: HEADS, queries: tokens, keys: tokens, headDim: 64, bias, mask: { causal } };
    const [query, key, value] = [0, 1, 2].map(() =>
      Float32Array.from({ length: HEADS * tokens * 64 }, () => Math.random() - 0.5),
    );
    const [alone, shared] = [one, two].map((backend) => backend.prepareSync(problem));
    /** @param {typeof alone} prepared */
    const timed = (prepared) => {
      const begun = performance.now();
      prepared.runSync(query, key, value);
      return performance.now() - begun;
    };
    /** @type {Record<'alone' | 'asleep' | 'awake', number[]>} */
    const times = { alone: [], asleep: [], awake: [] };
    for (let round = 0; round < ROUNDS; round++) {
      times.alone.push(timed(alone));
      await setTimeout(REST_MS);
      times.asleep.push(timed(shared));
      times.awake.push(timed(shared));
    }
    const columns = Object.entries(times).map(([who, all]) => {
      const sorted = all.toSorted((a, b) => a - b);
      return `${who} ${sorted[Math.floor(ROUNDS / 4)].toFixed(2)} ms`;
    });
    console.log(`${tokens} ${causal ? 'causal' : 'bidirectional'}: work ${workOf(alone.plan).toFixed(2)}, ${columns.join(', ')}`);
  }
}
await Promise.all([one.dispose(), two.dispose()]);
