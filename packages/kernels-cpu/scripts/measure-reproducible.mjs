// Measures the cost of the reproducible profile: its time as a multiple of the fast profile's on the same float32 numbers, also with those numbers
// rounded to halves. The fastest of many rounds, interleaved in one process, of the built package.
//   node scripts/measure-reproducible.mjs [variant] [seconds per problem] [tokens ...]
// With ALiBi the fast profile skips far keys; with T5 both profiles compute every key.
import { alibi, numberToBfloat16, numberToFloat16, t5 } from '@relbias/bias-spec';
import { createCpuBackend } from '@relbias/kernels-cpu';

const [variant = 'auto', seconds = '4', ...sizes] = process.argv.slice(2);
const HEADS = 2;
const DIM = 64;

/** @param {boolean} causal @returns {[string, import('@relbias/bias-spec').Bias][]} */
function biases(causal) {
  const table = Float32Array.from({ length: 32 * HEADS }, () => Math.random() - 0.5);
  return [
    ['alibi', alibi({ heads: HEADS, future: causal ? 'zero' : 'unsigned' })],
    ['t5', t5({ heads: HEADS, table, numBuckets: 32, maxDistance: 128, bidirectional: !causal })],
  ];
}

/** @param {Float32Array} data @param {number} tokens @returns {Record<string, import('@relbias/bias-spec').TensorLike>} */
function asDtypes(data, tokens) {
  const shape = [1, HEADS, tokens, DIM];
  return {
    float32: data,
    bfloat16: { data: Uint16Array.from(data, numberToBfloat16), shape, dtype: 'bfloat16' },
    float16: { data: Uint16Array.from(data, numberToFloat16), shape, dtype: 'float16' },
  };
}

const backend = await createCpuBackend(variant === 'wide' ? { revectorize: true } : { variant });
console.log(`${backend.ranOn.variant}, ${HEADS} heads of ${DIM}, times the fast profile on float32`);
for (const tokens of sizes.length > 0 ? sizes.map(Number) : [512, 1024]) {
  const tensors = [0, 1, 2].map(() =>
    asDtypes(
      Float32Array.from({ length: HEADS * tokens * DIM }, () => Math.random() - 0.5),
      tokens,
    ),
  );
  for (const causal of [true, false]) {
    for (const [name, bias] of biases(causal)) {
      const problem = { heads: HEADS, queries: tokens, keys: tokens, headDim: DIM, bias, mask: { causal } };
      const fast = backend.prepareSync(problem);
      const reproducible = backend.prepareSync({ ...problem, numerics: 'reproducible' });
      // Each twice per round: the difference between two minima of the same entrant shows the measurement error.
      const entrants = [
        { prepared: fast, dtype: 'float32' },
        ...['bfloat16', 'float16', 'float32'].map((dtype) => ({ prepared: reproducible, dtype })),
      ].map((one) => ({ ...one, least: [Infinity, Infinity] }));
      const end = performance.now() + Number(seconds) * 1000;
      while (performance.now() < end) {
        for (const turn of [0, 1]) {
          for (const { prepared, dtype, least } of entrants) {
            const [query, key, value] = tensors.map((one) => one[dtype]);
            const begun = performance.now();
            prepared.runSync(query, key, value);
            least[turn] = Math.min(least[turn], performance.now() - begun);
          }
        }
      }
      const [base, ...others] = entrants.map(({ least }) => Math.min(...least));
      const apart = Math.max(...entrants.map(({ least }) => Math.max(...least) / Math.min(...least) - 1));
      const times = others.map((time, index) => `${entrants[index + 1].dtype} ${(time / base).toFixed(3)}`).join(', ');
      const what = `${tokens} ${causal ? 'causal' : 'bidirectional'} ${name}`;
      console.log(`${what}: ${times} (within ${(100 * apart).toFixed(1)} %; fast profile ${base.toFixed(2)} ms)`);
      fast.dispose();
      reproducible.dispose();
    }
  }
}
await backend.dispose();
