// gpu.js as kernels of the session: calls take turns on the shared device, and a lost device is reported as what it is.
import type { Backend } from '@relbias/bias-spec';
import { DeviceLostError, ParameterError } from '@relbias/bias-spec';
import type { Kernels } from '@relbias/bias-spec/backend';
import { backendOf, disposed } from '@relbias/bias-spec/backend';
import { layoutOf } from './layout.ts';
import { explained, requireLiving } from './lost.ts';
import { runnerOf } from './runner.ts';
import type { SharedGpu } from './shared.ts';

/** The backend over a share of a GPU; disposing it gives the share back. */
export function gpuBackend(shared: SharedGpu): Backend {
  return backendOf(kernelsOn(shared));
}

function kernelsOn({ device, kernels, inTurn, release }: SharedGpu): Kernels {
  const name = `gpu.js ${device.mode}`;
  let closing = false;

  /** Work on the device in its turn. `isStopped`: whether it ended because its caller wanted it to. */
  function onDevice<T>(work: () => Promise<T>, isStopped: () => boolean = () => false): Promise<T> {
    return inTurn(async () => {
      try {
        requireLiving(device);
        return await work();
      } catch (error) {
        const why = await explained(device, error);
        // Inputs are refused before anything of theirs is sent.
        if (!(why instanceof DeviceLostError || why instanceof ParameterError) && !isStopped()) {
          // Its kernels keep what they were given, and may have been given what the device had refused.
          await device.synchronize().catch(() => {});
          kernels.discard();
        }
        throw why;
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
        // The device is closed when this turn ends.
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
        // A run of this problem may be under way: it ends when it next asks whether to proceed, and what it reads is deleted after it. On a
        // lost device nothing is left to delete; whoever runs next is told of the loss.
        dispose: () => void inTurn(async () => runner.release()).catch(() => {}),
      };
    },
    async dispose() {
      closing = true;
      await release();
    },
  };
}
