// Query, key and value as files hold them: under the usual names, and with two to four axes.
import type { Tensor } from '@relbias/bias-spec';
import { ShapeError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';

/**
 * The names that are looked for in a file that holds all three.
 *
 * @example
 * INPUT_NAMES.query; // ['query', 'q']
 */
export const INPUT_NAMES = { query: ['query', 'q'], key: ['key', 'k'], value: ['value', 'v'] } as const;

/** Query, key and value, each [batch, heads, sequence, dim]. */
export interface InputTensors {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** How many axes the query had in its file, 2 to 4. */
  readonly rank: number;
}

/**
 * Adds the missing axes, of extent 1, in front: [sequence, dim] and [heads, sequence, dim] become [batch, heads, sequence, dim].
 *
 * @throws ShapeError for fewer than two or more than four axes, and where the three tensors differ in their number of axes.
 * @example
 * const table = tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
 * alignInputs({ query: table, key: table, value: table }).query.shape; // [1, 1, 2, 2]
 */
export function alignInputs(inputs: Readonly<Record<'query' | 'key' | 'value', Tensor>>): InputTensors {
  for (const name of ['query', 'key', 'value'] as const) requireTensor(name, inputs?.[name]);
  const rank = inputs.query.shape.length;
  const query = promote('query', inputs.query);
  for (const name of ['key', 'value'] as const) {
    const { shape } = inputs[name];
    if (shape.length !== rank) {
      throw new ShapeError({
        what: `${name} of shape ${show(shape)}`,
        got: `${shape.length} axes`,
        wanted: `${rank}, as the query has`,
      });
    }
  }
  return { query, key: promote('key', inputs.key), value: promote('value', inputs.value), rank };
}

function requireTensor(name: string, given: unknown): void {
  if (Array.isArray((given as Partial<Tensor> | null | undefined)?.shape)) return;
  throw new ShapeError({ what: name, got: show(given), wanted: 'a tensor', hint: 'Write: alignInputs({ query, key, value }).' });
}

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
