// Mode webgl2, in one WebGL2 context of its own. One context only: textures cannot cross contexts, and browsers drop the first context when a
// page opens a seventeenth.
import { UnsupportedError } from '@relbias/bias-spec';
import { runtime } from '@relbias/bias-spec/backend';
import { library } from '../library.ts';
import type { Shape } from '../library.ts';
import { SPLIT } from '../lost.ts';
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
  // Given both, gpu.js uses this context and creates no other.
  const gpu = new library.GPU({ canvas, context });
  return {
    mode: 'webgl2',
    gpu,
    description: rendererOf(context),
    kernelClass: { name: 'WebGL2Kernel', constructor: library.WebGL2Kernel },
    maxBytes: Infinity,
    brokenLimit(shape) {
      const [width, height] = textureSize(shape);
      if (Math.max(width, height) <= maxTextureSize) return null;
      return `a texture of ${width} x ${height}, more than the ${maxTextureSize} x ${maxTextureSize} of this device`;
    },
    isLost: () => context.isContextLost(),
    verify({ kernel }) {
      const { program } = kernel;
      // gpu.js does not check, and a program that did not link computes zeros.
      if (program === undefined || context.getProgramParameter(program, context.LINK_STATUS) || context.isContextLost()) return;
      throw new UnsupportedError({
        what: 'gpu.js mode webgl2',
        got: `a kernel that the driver cannot link (${context.getProgramInfoLog(program)})`,
        wanted: 'a driver that links it',
        hint: "Update the graphics driver, or use mode 'webgpu' or a CPU backend.",
      });
    },
    issue: (work) => work(),
    synchronize: () => synchronize(context),
    async close() {
      await gpu.destroy();
      // gpu.js releases the context only while it still has a kernel.
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
  const { name, kind } = runtime();
  const hints = {
    browser:
      "Turn on hardware acceleration in the browser, or use mode 'webgpu' or a CPU backend. " +
      'Headless Chromium without a GPU needs --use-angle=swiftshader --enable-unsafe-swiftshader.',
    server: "Outside browsers use mode 'webgpu' with `gpu: create([])` from the npm package webgpu.",
    edge: `${name} has no GPU; use the kernel 'online' of @relbias/kernels-cpu.`,
    other: "Use mode 'webgpu', or a CPU backend (the package @relbias/kernels-cpu).",
  };
  return new UnsupportedError({
    what: 'gpu.js mode webgl2',
    got: `${got} in ${name}`,
    wanted: 'a browser with WebGL2 and float render targets',
    hint: hints[kind],
  });
}

function rendererOf(context: WebGL2RenderingContext): string {
  const info = context.getExtension('WEBGL_debug_renderer_info');
  return String(context.getParameter(info === null ? context.RENDERER : info.UNMASKED_RENDERER_WEBGL));
}

/** The size of the texture that gpu.js creates for a result: exact for one layer of several rows, otherwise nearly square. */
function textureSize([x, y, z]: Shape): readonly [number, number] {
  if (z === 1 && y > 1) return [x, y];
  const width = Math.floor(Math.sqrt(x * y * z));
  return [width, Math.ceil((x * y * z) / width)];
}

/** Waits for the GPU. WebGL has no promise for that, so a fence is polled once per turn of the event loop. */
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
  throw new UnsupportedError({
    what: 'gpu.js mode webgl2',
    got: `the GL error ${name}`,
    wanted: 'a run without errors',
    hint: error === context.OUT_OF_MEMORY ? SPLIT : "Update the graphics driver, or use mode 'webgpu' or a CPU backend.",
  });
}
