// Query, key and value as people store them: by usual names, and with two to four axes.
import type { Tensor } from '@relbias/bias-spec';
import { ShapeError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';

/** The names looked for in one file of all three. */
export const INPUT_NAMES = { query: ['query', 'q'], key: ['key', 'k'], value: ['value', 'v'] } as const;

/** Query, key and value, each [batch, heads, sequence, dim]. */
export interface InputTensors {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** How many axes the query had before, 2 to 4. */
  readonly rank: number;
}

/**
 * Brings [sequence, dim] and [heads, sequence, dim] to four axes: those that are missing are put in front, of extent 1.
 *
 * @throws ShapeError for fewer than two or more than four axes, and where the three differ in their number.
 * @example
 * const table = tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
 * alignInputs({ query: table, key: table, value: table }).query.shape; // [1, 1, 2, 2]
 */
export function alignInputs(inputs: Readonly<Record<'query' | 'key' | 'value', Tensor>>): InputTensors {
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
