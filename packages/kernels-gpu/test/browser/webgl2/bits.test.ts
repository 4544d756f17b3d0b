// WebGL2 in Chromium, on SwiftShader and on Mesa, under the reproducible profile: the proof and the lifecycle.
import { acquireGpu } from '../../../src/shared.ts';
import { testBitsBehaviour } from '../../shared/bits-behaviour.ts';
import { webgl2Mode } from '../../shared/webgl2.ts';

testBitsBehaviour(webgl2Mode(), () => acquireGpu('webgl2', {}));
