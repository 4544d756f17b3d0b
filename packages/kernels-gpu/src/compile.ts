// Turns a pass into a kernel of gpu.js that cannot become something else: no fallback to the CPU, no exchange for another kernel.
import type { Device } from './devices/device.ts';
import type { Kernel, Resident, Shape } from './library.ts';
import type { Pass } from './sources/pass.ts';

/**
 * What becomes of a result. `passing`: it stays on the device until the kernel's next run and belongs to the kernel. `kept`: it stays
 * until its owner deletes it. `read`: it comes back, as arrays [z][y][x].
 */
export type ResultUse = 'passing' | 'kept' | 'read';

/** No size of a problem is larger. */
const LONGEST_LOOP = 2 ** 24;

export interface Compiled<Name extends string> {
  /** Computes an array of this shape. The first run compiles. */
  run(shape: Shape, values: Readonly<Record<Name, number | Resident>>): Promise<Resident>;
  /** Whether it has run yet. */
  isReady(): boolean;
  /** Gives back what it holds on the device; the next run compiles anew. */
  discard(): void;
}

export function compile<Name extends string>(device: Device, pass: Pass<Name>, use: ResultUse): Compiled<Name> {
  let kernel: Kernel | undefined;
  let shapeNow: Shape = [0, 0, 0];
  let verified = false;
  let last: Resident | undefined;
  return {
    async run(shape, values) {
      kernel ??= createKernel(device, pass, use);
      // gpu.js reallocates the result even for the shape it has.
      if (shape.some((extent, axis) => extent !== shapeNow[axis])) {
        kernel.setOutput(shape);
        shapeNow = shape;
      }
      const result = await kernel(...pass.parameters.map((name) => values[name]));
      if (!verified) verify(device, pass.name, kernel);
      verified = true;
      // A passing result of webgpu is a new counted handle to the kernel's buffer, one of webgl2 the kernel's texture itself.
      if (use === 'passing' && device.mode === 'webgpu') {
        last?.delete?.();
        last = result;
      }
      return result;
    },
    isReady: () => verified,
    discard() {
      last?.delete?.();
      last = undefined;
      kernel?.destroy();
      kernel = undefined;
      verified = false;
      shapeNow = [0, 0, 0];
    },
  };
}

function createKernel<Name extends string>(device: Device, pass: Pass<Name>, use: ResultUse): Kernel {
  const refuse = (what: string) => (): never => {
    const { fallbackReason } = kernel.kernel;
    throw new Error(
      `gpu.js wanted to ${what} the kernel ${pass.name} of mode ${device.mode}: ${fallbackReason ?? 'it gave no reason'}`,
    );
  };
  const kernel = device.gpu.createKernel(`function ${pass.name}(${pass.parameters.join(', ')}) {${pass.body}}`, {
    output: [1, 1, 1],
    functions: pass.functions,
    precision: 'single',
    tactic: 'precision',
    // Bounded by an argument, a loop would stop at 1000 without a word.
    loopMaxIterations: LONGEST_LOOP,
    // Shapes are data: one kernel serves every problem, and preparing one compiles nothing that is not new.
    dynamicOutput: true,
    dynamicArguments: true,
    pipeline: use !== 'read',
    immutable: use === 'kept',
    // Reads without holding the page. In webasm the same word means worker threads.
    asyncMode: use === 'read' && device.mode === 'webgl2',
    // gpu.js's own handlers would run the kernel in double on the CPU and mention it on the console.
    onRequestFallback: refuse('replace'),
    onRequestSwitchKernel: refuse('recompile'),
  });
  return kernel;
}

function verify(device: Device, name: string, kernel: Kernel): void {
  device.verify(kernel);
  if (kernel.kernel.constructor === device.kernelClass.constructor) return;
  throw new Error(`gpu.js ran the kernel ${name} otherwise than in mode ${device.mode}, which was asked for.`);
}
