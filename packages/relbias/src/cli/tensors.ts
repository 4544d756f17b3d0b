// Reads query, key and value from files as [batch, heads, sequence, dim], and gives results the rank of the query.
import type { Tensor } from '@relbias/bias-spec';
import type { InputTensors } from '../files/attention-inputs.ts';
import type { ReadLimits } from '../files/byte-source.ts';
import { INPUT_NAMES, alignInputs } from '../files/attention-inputs.ts';
import { toTensor } from '../files/element-types.ts';
import { withFile } from '../files/file-source.ts';
import { parseReference, readTensor } from '../files/read.ts';
import type { Option, Values } from './arguments.ts';
import { integer, text } from './arguments.ts';
import { UsageError } from './usage-error.ts';

export const TENSOR_OPTIONS: Readonly<Record<'query' | 'key' | 'value', Option<string>>> = {
  query: text(
    'FILE[:NAME]',
    '[sequence, dim], [heads, sequence, dim] or [batch, heads, sequence, dim]; .npy, .npz or .safetensors',
  ),
  key: text('FILE[:NAME]', 'the same rank as the query'),
  value: text('FILE[:NAME]', 'the same rank as the query'),
};

/** Options of every command that reads tensor files. */
export const LIMIT_OPTIONS: Readonly<Record<'max-bytes', Option<number>>> = {
  'max-bytes': integer('the most bytes of memory that an array of a file may take (1073741824)', 1, Number.MAX_SAFE_INTEGER),
};

/** The limits on reading, from the options. */
export function limitsFrom(values: Values<typeof LIMIT_OPTIONS>): ReadLimits {
  return { maxBytes: values['max-bytes'] };
}

/** Reads the three tensors from one file that holds all, or from a file each. Both can be mixed: an option overrides the file. */
export async function readInputTensors(
  values: Values<typeof TENSOR_OPTIONS>,
  file: string | undefined,
  limits: ReadLimits,
): Promise<InputTensors> {
  const read = async (name: keyof typeof INPUT_NAMES): Promise<Tensor> => {
    const own = values[name];
    if (own !== undefined) {
      return toTensor(`--${name} ${own}`, await readTensor(`--${name}`, parseReference(`--${name}`, own), [], limits));
    }
    if (file === undefined)
      throw new UsageError('arguments', `no --${name}`, `--${name} FILE[:NAME], or one FILE that holds query, key and value`);
    const reference = parseReference('arguments', file);
    if (reference.format === '.npy' || reference.name !== undefined)
      throw new UsageError(
        'arguments',
        `${file}, which is one array, for the ${name}`,
        `--${name} FILE[:NAME], or one .npz or .safetensors FILE that holds query, key and value`,
      );
    return toTensor(`${file}:${name}`, await readTensor(name, reference, INPUT_NAMES[name], limits));
  };
  const readAll = async (): Promise<InputTensors> =>
    alignInputs({ query: await read('query'), key: await read('key'), value: await read('value') });
  if (file === undefined) return readAll();
  // Held open for all three: a file replaced meanwhile would give the query of one version and the key of another.
  return withFile(file, parseReference('arguments', file).path, readAll);
}

/** Removes the axes that were added. */
export function demote<T extends Tensor>(tensor: T, axes: number): T {
  return { ...tensor, shape: tensor.shape.slice(axes) };
}
