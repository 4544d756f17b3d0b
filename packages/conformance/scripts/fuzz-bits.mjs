// Runs any number of random problems of the reproducible profile on any backend, and prints one hash for all bits.
//
//     node packages/conformance/scripts/fuzz-bits.mjs                                     10,000 seeds, the suite's own backend
//     node packages/conformance/scripts/fuzz-bits.mjs 500 2000 ./my-backend.js            2,000 seeds from 500 on, the module's default export
//
// Needs a build. The default export is a backend, or a function that makes one. Exit status 1 where a bit differs or a problem did not run.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bitsBackend, findCase, runConformance } from '../dist/index.js';

const [first = '0', count = '10000', module] = process.argv.slice(2);
const made = module === undefined ? bitsBackend() : (await import(pathToFileURL(path.resolve(module)).href)).default;
const backend = typeof made === 'function' ? await made() : made;
const cases = Array.from({ length: Number(count) }, (_, index) => findCase(`bits/fuzz/${Number(first) + index}`));
const { bits, counts, ranOn, results } = await runConformance(backend, { cases });
for (const { name, reason } of results.filter(({ status }) => status !== 'pass').slice(0, 10))
  console.error(`${name}: ${reason}`);
console.log(`${ranOn.backend} ${ranOn.kernel} on ${ranOn.device}: ${JSON.stringify(counts)}, hash ${bits?.hash ?? 'of nothing'}`);
await backend.dispose();
if (counts.pass !== cases.length) process.exitCode = 1;
