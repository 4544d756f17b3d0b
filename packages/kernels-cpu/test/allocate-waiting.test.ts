// A synchronous run on allocated tensors while the workers compute another call: it must not wait for the workers, which use another memory.
import { expect, test } from 'vitest';
import { backendOf } from '../src/backend/backend.ts';
import { wasmKernel } from '../src/wasm/kernel.ts';
import { compileAttendSync } from '../src/wasm/module.ts';
import { spawn } from '../src/wasm/threads/spawn.ts';
import { openTeam } from '../src/wasm/threads/team.ts';
import { openPool } from '../src/wasm/workspace.ts';
import { draw } from './draw.ts';

const long = { heads: 4, queries: 1500, keys: 1500, headDim: 48 };

test('runSync on allocated tensors waits only for workers in its own memory', async () => {
  const module = compileAttendSync({ variant: 'simd', shared: true });
  const team = openTeam(module, 2, spawn);
  await team.ready();
  let waits = 0;
  const waitForRowBlocks = (): void => {
    waits++;
    team.waitForRowBlocks();
  };
  const counted = Object.create(team, { waitForRowBlocks: { value: waitForRowBlocks } }) as typeof team;
  const sharing = { team: counted, pool: openPool(module, true), breakEven: { parked: 0, hot: 0 } };
  const backend = backendOf(wasmKernel(openPool(compileAttendSync({ variant: 'simd', shared: false })), 'simd', sharing));
  const other = await backend.prepare(long);
  const prepared = await backend.prepare(long);
  const inputs = draw(long);
  const wanted = prepared.runSync(...inputs).output.data;
  const { query, key, value } = prepared.allocate();
  [query, key, value].forEach(({ data }, index) => data.set(inputs[index]));

  let between = 0;
  const progress = (): void => {
    expect(prepared.runSync(query, key, value).output.data).toEqual(wanted);
    between++;
  };
  await other.run(...inputs, { progress });
  expect(between).toBeGreaterThan(0);
  expect(waits).toBe(0);

  // An aborted run on these tensors leaves workers in their memory, so the next one waits.
  const controller = new AbortController();
  await expect(
    prepared.run(query, key, value, { signal: controller.signal, progress: () => controller.abort('enough') }),
  ).rejects.toBe('enough');
  expect(prepared.runSync(query, key, value).output.data).toEqual(wanted);
  expect(waits).toBeLessThanOrEqual(1);
  await backend.dispose();
});
