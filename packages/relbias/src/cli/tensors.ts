// Query, key and value from files, brought to [batch, heads, sequence, dim]; and results brought back to the rank of the query.
import type { Tensor } from '@relbias/bias-spec';
import { ShapeError, show } from '@relbias/bias-spec';
import { toTensor } from '../files/element-types.ts';
import { parseReference, readTensor } from '../files/read.ts';
import type { Option, Values } from './arguments.ts';
import { text } from './arguments.ts';
import { UsageError } from './usage-error.ts';

export const TENSOR_OPTIONS: Readonly<Record<'query' | 'key' | 'value', Option<string>>> = {
  query: text(
    'FILE[:NAME]',
    '[sequence, dim], [heads, sequence, dim] or [batch, heads, sequence, dim]; .npy, .npz or .safetensors',
  ),
  key: text('FILE[:NAME]', 'the same rank as the query'),
  value: text('FILE[:NAME]', 'the same rank as the query'),
};

/** The names looked for in one file of all three. */
const NAMES = { query: ['query', 'q'], key: ['key', 'k'], value: ['value', 'v'] } as const;

export interface InputTensors {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** How many axes the user's query has, 2 to 4. */
  readonly rank: number;
}

/** Reads the three tensors from one file that holds them by name, or from a file each; one of them may be replaced. */
export async function readInputTensors(values: Values<typeof TENSOR_OPTIONS>, file: string | undefined): Promise<InputTensors> {
  const read = async (name: keyof typeof NAMES): Promise<Tensor> => {
    const own = values[name];
    if (own !== undefined) return toTensor(`--${name} ${own}`, await readTensor(`--${name}`, parseReference(`--${name}`, own)));
    if (file === undefined)
      throw new UsageError('arguments', `no --${name}`, `--${name} FILE[:NAME], or one FILE that holds query, key and value`);
    const reference = parseReference('arguments', file);
    if (reference.format === '.npy' || reference.name !== undefined)
      throw new UsageError(
        'arguments',
        `${file}, which is one array, for the ${name}`,
        `--${name} FILE[:NAME], or one .npz or .safetensors FILE that holds query, key and value`,
      );
    return toTensor(`${file}:${name}`, await readTensor(name, reference, NAMES[name]));
  };
  const [query, key, value] = [await read('query'), await read('key'), await read('value')];
  const rank = query.shape.length;
  const promoted = promote('query', query);
  for (const [name, tensor] of Object.entries({ key, value })) {
    if (tensor.shape.length !== rank) {
      throw new ShapeError({
        what: `${name} of shape ${show(tensor.shape)}`,
        got: `${tensor.shape.length} axes`,
        wanted: `${rank}, as the query has`,
      });
    }
  }
  return { query: promoted, key: promote('key', key), value: promote('value', value), rank };
}

/** [sequence, dim] and [heads, sequence, dim] get the axes they lack in front, of extent 1. */
function promote(name: string, tensor: Tensor): Tensor {
  const { shape } = tensor;
  if (shape.length < 2 || shape.length > 4) {
    throw new ShapeError({
      what: `${name}.shape`,
      got: show(shape),
      wanted: '[sequence, dim], [heads, sequence, dim] or [batch, heads, sequence, dim]',
    });
  }
  return { ...tensor, shape: [...Array<number>(4 - shape.length).fill(1), ...shape] };
}

/** Takes the added axes away again. */
export function demote<T extends Tensor>(tensor: T, axes: number): T {
  return { ...tensor, shape: tensor.shape.slice(axes) };
}
