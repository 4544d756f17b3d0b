// The long attention of the tour, at a size a test can afford: sampled rows equal the oracle's, and errors are detected.
import { planAttention } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { describe, expect, test } from 'vitest';
import { SAMPLED_ROWS, largestErrors, longAttentions, runLong, sampleOracle } from '../src/cli/tour/long-attention.ts';
import { relbias } from './program.ts';

const TOKENS = 50;
const silent = { progress: { report: () => {}, end: () => {} }, signal: new AbortController().signal };

describe.each(longAttentions(TOKENS))('$title', (attention) => {
  const sample = sampleOracle(attention);

  test('sampled rows equal the rows of the whole problem', () => {
    const whole = oracle(planAttention(attention.problem), attention.query, attention.key, attention.value);
    expect(new Set(sample.rows).size).toBe(SAMPLED_ROWS);
    expect([sample.rows[0], sample.rows.at(-1)]).toEqual([0, TOKENS - 1]);
    const { heads, headDim } = attention.problem;
    for (let head = 0; head < heads; head++) {
      for (const [index, row] of sample.rows.entries()) {
        const [here, there] = [head * SAMPLED_ROWS + index, head * TOKENS + row];
        expect(sample.logSumExp[here]).toBe(whole.logSumExp[there]);
        const rowOf = (data: Float64Array, at: number): Float64Array => data.subarray(at * headDim, (at + 1) * headDim);
        expect(rowOf(sample.output, here)).toEqual(rowOf(whole.output, there));
      }
    }
  });

  test('an error in a sampled row is detected', async () => {
    const backend = await createCpuBackend({ kernel: 'naive' });
    const result = await runLong(backend, attention, silent);
    const before = largestErrors(result, sample);
    result.output[(7 * TOKENS + TOKENS - 1) * 64 + 63] += 1;
    result.logSumExp[0] -= 2;
    const after = largestErrors(result, sample);
    expect(after.output).toBeGreaterThan(before.output);
    expect(after.output).toBeGreaterThan(0.5);
    expect(after.logSumExp).toBeGreaterThan(1);
    await backend.dispose();
  });
});

test('every command has help', async () => {
  const overview = await relbias([]);
  expect(overview.status).toBe(0);
  const commands = [...overview.stdout.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name]) => name);
  expect(commands).toEqual(['attend', 'bias', 'buckets', 'slopes', 'conform', 'tour']);
  for (const name of commands) {
    const { status, stdout } = await relbias([name, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(`relbias ${name}`);
  }
  expect((await relbias(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
