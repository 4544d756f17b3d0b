// Measures the speed-up of several threads: the fastest of many rounds, interleaved in one process, of the built package.
//   node scripts/measure-threads.mjs [threads] [seconds per problem]
// Needs a machine with as many idle cores: any other load lowers the ratio.
import { alibi } from '@relbias/bias-spec';
import { createCpuBackend } from '@relbias/kernels-cpu';

const threads = Number(process.argv[2] ?? 2);
const seconds = Number(process.argv[3] ?? 5);
const one = await createCpuBackend();
const many = await createCpuBackend({ threads });

for (const tokens of [64, 128, 256, 512, 1024, 2048, 4096]) {
  for (const causal of [true, false]) {
    const bias = alibi({ heads: 8, future: causal ? 'zero' : 'unsigned' });
    const problem = { heads: 8, queries: tokens, keys: tokens, headDim: 64, bias, mask: { causal } };
    const inputs = [0, 1, 2].map(() => Float32Array.from({ length: 8 * tokens * 64 }, () => Math.random() - 0.5));
    const contenders = [one, one, many].map((backend) => ({
      prepared: backend.prepareSync(problem),
      least: Infinity,
      threads: 0,
    }));
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      for (const contender of contenders) {
        const begun = performance.now();
        const { ranOn } = contender.prepared.runSync(inputs[0], inputs[1], inputs[2]);
        contender.least = Math.min(contender.least, performance.now() - begun);
        contender.threads = ranOn.threads ?? 1;
      }
    }
    const [first, again, shared] = contenders;
    const ratio = Math.min(first.least, again.least) / shared.least;
    console.log(
      `${tokens} ${causal ? 'causal' : 'bidirectional'}: one thread ${first.least.toFixed(2)} ms (again ${again.least.toFixed(2)}), ` +
        `${shared.threads} of ${threads} threads ${shared.least.toFixed(2)} ms, ${ratio.toFixed(2)} times`,
    );
  }
}
await many.dispose();
