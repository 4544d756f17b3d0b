// Turns a pass into a kernel of gpu.js, and forbids gpu.js to replace it: no fallback to the CPU, no other kernel.
import { UnsupportedError } from '@relbias/bias-spec';
import type { Device } from './devices/device.ts';
import type { Kernel, Resident, Shape } from './library.ts';
import type { Pass } from './sources/pass.ts';

/**
 * Where a result goes. `passing`: it stays on the device until the kernel's next run and belongs to the kernel. `kept`: it stays on the device
 * until its owner deletes it. `read`: it is copied back, as arrays [z][y][x].
 */
export type ResultUse = 'passing' | 'kept' | 'read';

/** The hint when a mode does not run a kernel. */
const OTHER_MODE = 'Use another mode, or a CPU backend (the package @relbias/kernels-cpu).';

/** The upper bound of every loop: no size of a problem is larger. */
const LONGEST_LOOP = 2 ** 24;

export interface Compiled<Name extends string> {
  /** Computes an array of this shape. The first run compiles. */
  run(shape: Shape, values: Readonly<Record<Name, number | Resident>>): Promise<Resident>;
  /** Whether it has run before. */
  isReady(): boolean;
  /** Releases its resources on the device. The next run compiles again. */
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
      // Only when the shape changes, because gpu.js reallocates the result even for the same shape.
      if (shape.some((extent, axis) => extent !== shapeNow[axis])) {
        kernel.setOutput(shape);
        shapeNow = shape;
      }
      const result = await kernel(...pass.parameters.map((name) => values[name]));
      if (!verified) verify(device, pass.name, kernel);
      verified = true;
      // In webgpu a passing result is a new reference-counted handle to the kernel's buffer; in webgl2 it is the kernel's texture itself.
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
    throw new UnsupportedError({
      what: `gpu.js mode ${device.mode}`,
      got: `an attempt of gpu.js to ${what} the kernel ${pass.name} (${fallbackReason ?? 'no reason given'})`,
      wanted: 'the kernel to run in this mode',
      hint: OTHER_MODE,
    });
  };
  const kernel = device.gpu.createKernel(`function ${pass.name}(${pass.parameters.join(', ')}) {${pass.body}}`, {
    output: [1, 1, 1],
    functions: pass.functions,
    precision: 'single',
    tactic: 'precision',
    // Without this, a loop bounded by an argument silently stops at 1000.
    loopMaxIterations: LONGEST_LOOP,
    // Shapes are arguments: one kernel serves every problem, so preparing another problem compiles nothing.
    dynamicOutput: true,
    dynamicArguments: true,
    pipeline: use !== 'read',
    immutable: use === 'kept',
    // Reads without blocking the page. In webasm the same option would start worker threads.
    asyncMode: use === 'read' && device.mode === 'webgl2',
    // gpu.js's own handlers would run the kernel in double precision on the CPU and only log it.
    onRequestFallback: refuse('replace'),
    onRequestSwitchKernel: refuse('recompile'),
  });
  return kernel;
}

function verify(device: Device, name: string, kernel: Kernel): void {
  device.verify(kernel);
  if (kernel.kernel.constructor === device.kernelClass.constructor) return;
  throw new UnsupportedError({
    what: `gpu.js mode ${device.mode}`,
    got: `the kernel ${name}, which gpu.js ran in another mode`,
    wanted: device.kernelClass.name,
    hint: OTHER_MODE,
  });
}
