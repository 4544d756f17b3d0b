// A run that waits for workers in use by another: aborting it ends it immediately, not only when its turn comes.
import type { AttentionProblem } from '@relbias/bias-spec';
import type { PreparedCpuAttention } from '@relbias/kernels-cpu';
import { expect, test } from 'vitest';
import { draw } from './draw.ts';
import { createSharingBackend } from './sharing-backend.ts';

const short: AttentionProblem = { heads: 4, queries: 500, keys: 500, headDim: 48 };
/** Several turns of the event loop on any machine. */
const long: AttentionProblem = { ...short, queries: 4096, keys: 4096 };

/** The ways in which a waiting run can end. */
interface Waiting {
  readonly controller: AbortController;
  readonly prepared: PreparedCpuAttention;
  readonly key: Float32Array;
}

// The long run causes the end of the other while that one waits.
test.each<[string, (waiting: Waiting) => unknown, string]>([
  ['aborted', ({ controller }) => controller.abort(new Error('enough')), 'enough'],
  ['disposed', ({ prepared }) => prepared.dispose(), 'a disposed prepared attention'],
  ['robbed of its key', ({ key }) => structuredClone(key.buffer, { transfer: [key.buffer] }), 'key: got a buffer'],
])('a waiting run that is %s ends while the other goes on', async (_how, end, message) => {
  const backend = await createSharingBackend({ threads: 3 });
  const longer = await backend.prepare(long);
  const prepared = await backend.prepare(short);
  const [query, key, value] = draw(short);
  const controller = new AbortController();
  let turns = 0;
  const progress = (): void => {
    turns++;
    // In the first turn the other run has not begun to wait.
    if (turns === 2) end({ controller, prepared, key });
  };
  const first = longer.run(...draw(long), { progress });
  expect(turns).toBe(1);
  await expect(prepared.run(query, key, value, { signal: controller.signal })).rejects.toThrow(message);
  expect(turns).toBe(2);
  expect((await first).ranOn.threads).toBe(3);
  expect(turns).toBeGreaterThan(2);
  await backend.dispose();
});
