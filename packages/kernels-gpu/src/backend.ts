// The backend over gpu.js: its calls take turns on the shared device, and a lost device is reported as DeviceLostError.
import type { Backend } from '@relbias/bias-spec';
import { DeviceLostError, ParameterError } from '@relbias/bias-spec';
import type { Kernels } from '@relbias/bias-spec/backend';
import { backendOf, disposed } from '@relbias/bias-spec/backend';
import { layoutOf } from './layout.ts';
import { requireDevice, translated } from './lost.ts';
import { runnerOf } from './runner.ts';
import type { SharedGpu } from './shared.ts';

/** A backend on a shared GPU. Disposing it releases the share. */
export function gpuBackend(shared: SharedGpu): Backend {
  return backendOf(kernelsOn(shared));
}

function kernelsOn({ device, kernels, inTurn, release }: SharedGpu): Kernels {
  const name = `gpu.js ${device.mode}`;
  let closing = false;

  /** Runs work on the device when its turn comes. `isStopped`: whether it ended because its caller aborted it. */
  function onDevice<T>(work: () => Promise<T>, isStopped: () => boolean = () => false): Promise<T> {
    return inTurn(async () => {
      try {
        requireDevice(device);
        return await work();
      } catch (error) {
        const cause = await translated(device, error);
        // Not after a refused input, because nothing of it was sent.
        if (!(cause instanceof DeviceLostError || cause instanceof ParameterError) && !isStopped()) {
          // The kernels keep references to their arguments, which the device may have refused.
          await device.synchronize().catch(() => {});
          kernels.discard();
        }
        throw cause;
      }
    });
  }

  return {
    name,
    ranOn: {
      backend: 'gpu.js',
      kernel: device.mode,
      device: `${device.description}, ${device.kernelClass.name}`,
      arithmetic: 'float32',
    },
    numerics: ['fast', 'reproducible'],
    async prepare(plan) {
      const layout = layoutOf(plan, device);
      const runner = await onDevice(async () => {
        const made = await runnerOf(plan, layout, device, kernels);
        if (!closing) return made;
        // The device closes when this turn ends.
        made.release();
        throw disposed(name, 'backend');
      });
      return {
        async run(call) {
          call.check();
          let stopped = false;
          const proceed = (done?: number): void => {
            stopped = true;
            call.proceed(done);
            stopped = false;
          };
          await onDevice(
            async () => {
              proceed();
              await runner.attend({ ...call, proceed });
              proceed();
            },
            () => stopped,
          );
        },
        // A run of this problem may be in progress. It ends at its next call of `proceed`, and its arrays are deleted after it. On a lost
        // device nothing is left to delete; the next run reports the loss.
        dispose: () => void inTurn(async () => runner.release()).catch(() => {}),
      };
    },
    async dispose() {
      closing = true;
      await release();
    },
  };
}
