// Mode webgl2: one WebGL2 context of our own. Not the page's: textures cannot cross contexts, and a 17th context kills the first.
import { UnsupportedError } from '@relbias/bias-spec';
import { library } from '../library.ts';
import type { Shape } from '../library.ts';
import type { Device } from './device.ts';
import { macrotask } from './device.ts';

export async function openWebgl2(): Promise<Device> {
  const canvas = createCanvas();
  const context = canvas.getContext('webgl2', {
    alpha: false,
    depth: false,
    antialias: false,
    powerPreference: 'high-performance',
  });
  if (context === null) throw missing('a canvas without WebGL2');
  const loseContext = context.getExtension('WEBGL_lose_context');
  if (context.getExtension('EXT_color_buffer_float') === null) {
    loseContext?.loseContext();
    throw missing('WebGL2 without EXT_color_buffer_float');
  }
  const maxTextureSize: number = context.getParameter(context.MAX_TEXTURE_SIZE);
  // Given both, gpu.js takes the context for what it is and makes no other.
  const gpu = new library.GPU({ canvas, context });
  return {
    mode: 'webgl2',
    gpu,
    description: rendererOf(context),
    kernelClass: { name: 'WebGL2Kernel', constructor: library.WebGL2Kernel },
    mostBytes: Infinity,
    brokenLimit(shape) {
      const [width, height] = textureSize(shape);
      if (Math.max(width, height) <= maxTextureSize) return null;
      return `a texture of ${width} x ${height}, where this device allows ${maxTextureSize} x ${maxTextureSize}`;
    },
    isLost: () => context.isContextLost(),
    verify({ kernel: { program } }) {
      // gpu.js does not look, and a program that did not link computes zeros.
      if (program === undefined || context.getProgramParameter(program, context.LINK_STATUS) || context.isContextLost()) return;
      throw new Error(`gpu.js mode webgl2: the driver could not link a kernel: ${context.getProgramInfoLog(program)}`);
    },
    issue: (work) => work(),
    synchronize: () => synchronize(context),
    async close() {
      await gpu.destroy();
      // gpu.js lets go of the context only while it still has a kernel.
      if (!context.isContextLost()) loseContext?.loseContext();
    },
  };
}

function createCanvas(): HTMLCanvasElement | OffscreenCanvas {
  if (typeof document !== 'undefined') return document.createElement('canvas');
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(2, 2);
  throw missing('neither document nor OffscreenCanvas');
}

function missing(got: string): UnsupportedError {
  return new UnsupportedError({
    what: 'gpu.js mode webgl2',
    got,
    wanted: 'a browser with WebGL2 and float render targets',
    hint: "In Node use mode 'webgpu' with `gpu: create([])` from the npm package webgpu. Headless Chromium: --use-angle=swiftshader --enable-unsafe-swiftshader.",
  });
}

function rendererOf(context: WebGL2RenderingContext): string {
  const info = context.getExtension('WEBGL_debug_renderer_info');
  return String(context.getParameter(info === null ? context.RENDERER : info.UNMASKED_RENDERER_WEBGL));
}

/** The texture that gpu.js makes for a result: exact where there is one layer of several rows, else nearly square. */
function textureSize([x, y, z]: Shape): readonly [number, number] {
  if (z === 1 && y > 1) return [x, y];
  const width = Math.floor(Math.sqrt(x * y * z));
  return [width, Math.ceil((x * y * z) / width)];
}

/** WebGL has no promise for finished work: a fence, looked at once every turn of the event loop. */
async function synchronize(context: WebGL2RenderingContext): Promise<void> {
  const fence = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
  context.flush();
  try {
    while (fence !== null && !context.isContextLost()) {
      await macrotask();
      if (context.clientWaitSync(fence, 0, 0) !== context.TIMEOUT_EXPIRED) break;
    }
  } finally {
    context.deleteSync(fence);
  }
  if (context.isContextLost()) return;
  const error = context.getError();
  if (error === context.NO_ERROR) return;
  const name = error === context.OUT_OF_MEMORY ? 'OUT_OF_MEMORY' : `0x${error.toString(16)}`;
  throw new UnsupportedError({ what: 'gpu.js mode webgl2', got: `the GL error ${name}`, wanted: 'a run without errors' });
}
