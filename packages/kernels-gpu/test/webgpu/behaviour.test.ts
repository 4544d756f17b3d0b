// WebGPU in Node, through the npm package webgpu: everything but the suite.
import { create } from 'webgpu';
import { acquireGpu } from '../../src/shared.ts';
import { testBehaviour } from '../shared/behaviour.ts';
import { testNumbers } from '../shared/numbers.ts';
import { testRefusals } from '../shared/refusals.ts';
import { webgpuMode } from '../shared/webgpu.ts';
import { testCallersDevice } from '../shared/webgpu-device.ts';

const mode = webgpuMode(create([]));
let maxBytes = 0;

async function acquire(): ReturnType<typeof acquireGpu> {
  const device = await mode.device();
  maxBytes = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  return acquireGpu('webgpu', { device });
}

testBehaviour(mode);
testCallersDevice(mode);
testNumbers(acquire);
testRefusals(acquire, () => ({
  problem: { heads: 1, queries: 1, keys: 2 ** 20, headDim: maxBytes / 2 ** 22 + 1 },
  limit: String(maxBytes),
}));
