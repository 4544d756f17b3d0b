// WebGPU in Chromium, on SwiftShader: everything but the suite.
import { acquireGpu } from '../../../src/shared.ts';
import { testBehaviour } from '../../shared/behaviour.ts';
import { testNumbers } from '../../shared/numbers.ts';
import type { WebGpu } from '../../shared/webgpu.ts';
import { webgpuMode } from '../../shared/webgpu.ts';
import { testCallersDevice } from '../../shared/webgpu-device.ts';

const mode = webgpuMode((navigator as unknown as { gpu: WebGpu }).gpu);

testBehaviour(mode);
testCallersDevice(mode);
testNumbers(async () => acquireGpu('webgpu', { device: await mode.device() }));
