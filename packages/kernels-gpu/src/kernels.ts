// The kernels of one device. Shapes and scales are arguments, so there are few: one for each pass, and one for each variant of the
// scores pass, of which the ones used last are kept.
import type { Compiled } from './compile.ts';
import { compile } from './compile.ts';
import type { Device } from './devices/device.ts';
import type { Resident, Shape } from './library.ts';
import { library } from './library.ts';
import { copyPass } from './sources/copy.ts';
import type { ScoresVariant } from './sources/scores.ts';
import { scoresPass } from './sources/scores.ts';
import { accumulatePass, maximumPass, startPass, weightsPass } from './sources/softmax.ts';

/** Kept variants of the scores pass: more head sizes and bias forms than one page uses. */
const MAX_SCORES = 24;

type Arguments<P> = P extends { readonly parameters: readonly (infer Name extends string)[] } ? Name : never;

export interface Kernels {
  /** Makes an array resident until its owner deletes it. */
  upload(data: Float32Array, shape: Shape): Promise<Resident>;
  /** Brings a result back: rows [z][y] of x numbers. */
  read(array: Resident, shape: Shape): Promise<readonly (readonly Float32Array[])[]>;
  readonly start: Compiled<Arguments<typeof startPass>>;
  readonly maximum: Compiled<Arguments<typeof maximumPass>>;
  readonly weights: Compiled<Arguments<typeof weightsPass>>;
  /** Two of the same, taken in turn: a kernel must not read what it writes. */
  readonly accumulate: readonly Compiled<Arguments<typeof accumulatePass>>[];
  /** Valid until the next call of `scores`. */
  scores(variant: ScoresVariant): Compiled<string>;
  /** Whether a variant has its kernel already. */
  hasScores(variant: ScoresVariant): boolean;
}

export function kernelsOf(device: Device): Kernels {
  const upload = compile(device, copyPass, 'kept');
  const read = compile(device, copyPass, 'read');
  const variants = new Map<string, Compiled<string>>();
  return {
    async upload(data, shape) {
      const input = library.input(data, shape);
      // In webasm every array is sent with every call anyway.
      return device.mode === 'webasm' ? input : upload.run(shape, { source: input });
    },
    async read(array, shape) {
      const rows = device.mode === 'webasm' ? array : await read.run(shape, { source: array });
      return rows as readonly (readonly Float32Array[])[];
    },
    start: compile(device, startPass, 'passing'),
    maximum: compile(device, maximumPass, 'passing'),
    weights: compile(device, weightsPass, 'passing'),
    accumulate: [compile(device, accumulatePass, 'passing'), compile(device, accumulatePass, 'passing')],
    scores(variant) {
      const name = JSON.stringify(variant);
      const kernel = variants.get(name) ?? compile(device, scoresPass(variant), 'passing');
      // A map remembers the order of insertion: the first is the one not used for longest.
      variants.delete(name);
      variants.set(name, kernel);
      const [oldest] = variants;
      if (variants.size > MAX_SCORES) {
        variants.delete(oldest[0]);
        oldest[1].destroy();
      }
      return kernel;
    },
    hasScores: (variant) => variants.has(JSON.stringify(variant)),
  };
}
