// WebGPU in Node, through the npm package webgpu, under the reproducible profile: the proof and the lifecycle.
import { create } from 'webgpu';
import { acquireGpu } from '../../src/shared.ts';
import { testBitsBehaviour } from '../shared/bits-behaviour.ts';
import { webgpuMode } from '../shared/webgpu.ts';

const mode = webgpuMode(create([]));

testBitsBehaviour(mode, async () => acquireGpu('webgpu', { device: await mode.device() }));
