// Mode webgl2 with counted textures and a context that tests can lose.
import { createGpuBackend } from '@relbias/kernels-gpu';
import type { ModeUnderTest } from './mode.ts';

export interface Webgl2Mode extends ModeUnderTest {
  /** Contexts created on canvases since the tests began. */
  contexts(): readonly WebGL2RenderingContext[];
}

export function webgl2Mode(): Webgl2Mode {
  const contexts = new Set<WebGL2RenderingContext>();
  const live = new Set<WebGLTexture>();
  watch(contexts, live);
  return {
    mode: 'webgl2',
    open: () => createGpuBackend({ mode: 'webgl2' }),
    live: () => live.size,
    contexts: () => [...contexts],
    async loseDevice() {
      const context = [...contexts].at(-1);
      const lost = new Promise((resolve) => context?.canvas.addEventListener('webglcontextlost', resolve));
      context?.getExtension('WEBGL_lose_context')?.loseContext();
      // Chromium releases textures with their context; deleting them in a lost context counts as deletion.
      await lost;
    },
  };
}

function watch(contexts: Set<WebGL2RenderingContext>, live: Set<WebGLTexture>): void {
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...given: Parameters<typeof getContext>) {
    const context = getContext.apply(this, given);
    if (context instanceof WebGL2RenderingContext) contexts.add(context);
    return context;
  } as typeof getContext;
  const { createTexture, deleteTexture } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.createTexture = function () {
    const texture = createTexture.call(this);
    live.add(texture);
    return texture;
  };
  WebGL2RenderingContext.prototype.deleteTexture = function (texture) {
    if (texture !== null) live.delete(texture);
    deleteTexture.call(this, texture);
  };
}
