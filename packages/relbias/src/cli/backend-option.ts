// `--backend NAME`: a backend as the command line asks for it. In Node a WebGPU device comes from the user's own `webgpu` package.
import type { Backend } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BackendName } from '../backends.ts';
import { createBackend } from '../backends.ts';

/** Creates a backend; for WebGPU, on the device that the `webgpu` package of the user's project opens. */
export async function openBackend(name: BackendName): Promise<Backend> {
  if (name !== 'gpu' && name !== 'gpu:webgpu') return createBackend(name);
  return createBackend(name, { gpu: await (entry ??= nodeGpu()) });
}

/** One for all backends of this process: they share a device, and gpu.js refuses a second place to take one from. */
let entry: Promise<object> | undefined;

interface WebgpuPackage {
  create(options: string[]): object;
  readonly globals: object;
}

/** What `navigator.gpu` is in a browser. */
async function nodeGpu(): Promise<object> {
  const { create, globals } = await loadWebgpu();
  // The constants (GPUBufferUsage and their like) that WebGPU code expects to find as globals.
  Object.assign(globalThis, globals);
  return create([]);
}

async function loadWebgpu(): Promise<WebgpuPackage> {
  const location = resolveWebgpu();
  try {
    return (await import(location)) as WebgpuPackage;
  } catch (error) {
    // Its native part may want a newer system than this one.
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UnsupportedError({
      what: '--backend gpu:webgpu',
      got: `a package webgpu that fails to load (${reason})`,
      wanted: 'one that loads here',
    });
  }
}

/** The `webgpu` package as the user's folder sees it, else as this program does. */
function resolveWebgpu(): string {
  for (const from of [pathToFileURL(path.join(process.cwd(), 'here.js')).href, import.meta.url]) {
    try {
      return pathToFileURL(createRequire(from).resolve('webgpu')).href;
    } catch {
      // Looked for in the next place; its absence from both is reported below.
    }
  }
  throw new UnsupportedError({
    what: '--backend gpu:webgpu',
    got: 'no package webgpu',
    wanted: 'one in this project: Node has no WebGPU of its own',
    hint: 'Run: npm i @relbias/kernels-gpu webgpu',
  });
}
