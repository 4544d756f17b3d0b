// The kernels of one device, compiled on first use. All sizes and scales are arguments, so there is one kernel per pass, and one scores kernel per
// form of bias with and without softcap. The reproducible profile has passes of its own.
import type { Compiled, ResultUse } from './compile.ts';
import { compile } from './compile.ts';
import type { Device } from './devices/device.ts';
import type { Resident, Shape } from './library.ts';
import { library } from './library.ts';
import { copyPass } from './sources/copy.ts';
import type { PreparedForm } from './sources/fixed-logits.ts';
import { fixedLogitsPass } from './sources/fixed-logits.ts';
import type { Pass } from './sources/pass.ts';
import type { ScoresVariant } from './sources/scores.ts';
import { scoresPass } from './sources/scores.ts';
import { accumulatePass, maximumPass, startPass, weightsPass } from './sources/softmax.ts';
import { foldPass, tileMaximumPass, tileSumsPass, tileWeightsPass } from './sources/tile-softmax.ts';

type Arguments<P> = P extends { readonly parameters: readonly (infer Name extends string)[] } ? Name : never;

export interface Kernels {
  /** Uploads an array, which stays on the device until its owner deletes it. */
  upload(data: Float32Array, shape: Shape): Promise<Resident>;
  /** Reads a result back: rows [z][y] of x numbers. */
  read(array: Resident, shape: Shape): Promise<readonly (readonly Float32Array[])[]>;
  readonly start: Compiled<Arguments<typeof startPass>>;
  readonly maximum: Compiled<Arguments<typeof maximumPass>>;
  readonly weights: Compiled<Arguments<typeof weightsPass>>;
  /** Two of the same, used alternately, because a kernel must not read the array that it writes. */
  readonly accumulate: readonly Compiled<Arguments<typeof accumulatePass>>[];
  scores(variant: ScoresVariant): Compiled<string>;
  readonly reproducible: ReproducibleKernels;
  /** Releases the resources of all of them on the device. They compile again when used. */
  discard(): void;
}

/** The passes of the reproducible profile. */
interface ReproducibleKernels {
  logits(form: PreparedForm): Compiled<string>;
  readonly tileMaximum: Compiled<Arguments<typeof tileMaximumPass>>;
  readonly tileWeights: Compiled<Arguments<typeof tileWeightsPass>>;
  readonly tileSums: Compiled<Arguments<typeof tileSumsPass>>;
  /** Two of the same, like `accumulate`. */
  readonly fold: readonly Compiled<Arguments<typeof foldPass>>[];
}

export function kernelsOf(device: Device): Kernels {
  const all: { discard(): void }[] = [];
  function make<Name extends string>(pass: Pass<Name>, use: ResultUse): Compiled<Name> {
    const kernel = compile(device, pass, use);
    all.push(kernel);
    return kernel;
  }
  const upload = make(copyPass, 'kept');
  const read = make(copyPass, 'read');
  const logits = { table: make(fixedLogitsPass('table'), 'passing'), stored: make(fixedLogitsPass('stored'), 'passing') };
  const variants = new Map<string, Compiled<string>>();
  return {
    async upload(data, shape) {
      const input = library.input(data, shape);
      // In webasm every array is passed with every call anyway.
      return device.mode === 'webasm' ? input : upload.run(shape, { source: input });
    },
    async read(array, shape) {
      const rows = device.mode === 'webasm' ? array : await read.run(shape, { source: array });
      return rows as readonly (readonly Float32Array[])[];
    },
    start: make(startPass, 'passing'),
    maximum: make(maximumPass, 'passing'),
    weights: make(weightsPass, 'passing'),
    accumulate: [make(accumulatePass, 'passing'), make(accumulatePass, 'passing')],
    scores(variant) {
      const name = JSON.stringify(variant);
      const kernel = variants.get(name) ?? make(scoresPass(variant), 'passing');
      variants.set(name, kernel);
      return kernel;
    },
    reproducible: {
      logits: (form) => logits[form],
      tileMaximum: make(tileMaximumPass, 'passing'),
      tileWeights: make(tileWeightsPass, 'passing'),
      tileSums: make(tileSumsPass, 'passing'),
      fold: [make(foldPass, 'passing'), make(foldPass, 'passing')],
    },
    discard() {
      for (const kernel of all) kernel.discard();
    },
  };
}
