// `--backend NAME`: creates a backend for the program. In Node, WebGPU comes from the `webgpu` package of the user's project.
import type { Backend } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BackendName } from '../backends.ts';
import { createBackend } from '../backends.ts';

/** Creates a backend. For WebGPU it runs on a device from the `webgpu` package. */
export async function openBackend(name: BackendName): Promise<Backend> {
  if (name !== 'gpu' && name !== 'gpu:webgpu') return createBackend(name);
  return createBackend(name, { gpu: await (entry ??= nodeGpu()) });
}

/** One for all backends of this process: they share a device, and gpu.js refuses a second source of devices. */
let entry: Promise<object> | undefined;

interface WebgpuPackage {
  create(options: string[]): object;
  readonly globals: object;
}

/** What `navigator.gpu` is in a browser. */
async function nodeGpu(): Promise<object> {
  const { create, globals } = await loadWebgpu();
  // The constants (GPUBufferUsage and others) that WebGPU code expects as globals.
  Object.assign(globalThis, globals);
  return create([]);
}

async function loadWebgpu(): Promise<WebgpuPackage> {
  const location = resolveWebgpu();
  try {
    return (await import(location)) as WebgpuPackage;
  } catch (error) {
    // Its native part may need a newer system.
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UnsupportedError({
      what: '--backend gpu:webgpu',
      got: `a package webgpu that fails to load (${reason})`,
      wanted: 'one that loads on this system',
    });
  }
}

/** The `webgpu` package as resolved from the user's folder, else from this program. */
function resolveWebgpu(): string {
  for (const from of [pathToFileURL(path.join(process.cwd(), 'here.js')).href, import.meta.url]) {
    try {
      return pathToFileURL(createRequire(from).resolve('webgpu')).href;
    } catch {
      // Not here: the next place is tried, and absence from both is reported below.
    }
  }
  throw new UnsupportedError({
    what: '--backend gpu:webgpu',
    got: 'no package webgpu',
    wanted: 'one in this project: Node has no WebGPU of its own',
    hint: 'Run: npm install webgpu',
  });
}
